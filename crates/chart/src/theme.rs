//! Colours.

use serde::Deserialize;
use tiny_skia::Color;

/// How the picture looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
}

/// The colours of a theme.
pub(crate) struct Palette {
    pub ground: Color,
    pub panel: Color,
    pub grid: Color,
    pub text: Color,
    pub muted: Color,
    pub up: Color,
    pub down: Color,
    pub entry: Color,
    pub on_pill: Color,
}

const fn rgb(hex: u32) -> (u8, u8, u8) {
    let [_, red, green, blue] = hex.to_be_bytes();
    (red, green, blue)
}

fn colour(hex: u32) -> Color {
    let (red, green, blue) = rgb(hex);
    Color::from_rgba8(red, green, blue, 255)
}

/// The same colour, partly transparent: 0 is unseen, 1 is opaque.
pub(crate) fn faded(mut colour: Color, opacity: f32) -> Color {
    colour.set_alpha(opacity);
    colour
}

impl Palette {
    pub fn of(theme: Theme) -> Self {
        match theme {
            Theme::Dark => Self {
                ground: colour(0x0e_1420),
                panel: colour(0x13_1b2a),
                grid: colour(0x22_2d40),
                text: colour(0xf1_f5f9),
                muted: colour(0x9f_b0c6),
                up: colour(0x2e_bd85),
                down: colour(0xf6_465d),
                entry: colour(0x4c_9bff),
                on_pill: colour(0xff_ffff),
            },
            Theme::Light => Self {
                ground: colour(0xff_ffff),
                panel: colour(0xf8_fafc),
                grid: colour(0xe2_e8f0),
                text: colour(0x0f_172a),
                muted: colour(0x52_6077),
                up: colour(0x0e_9f6e),
                down: colour(0xe0_2f44),
                entry: colour(0x25_63eb),
                on_pill: colour(0xff_ffff),
            },
        }
    }
}
