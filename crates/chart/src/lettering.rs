//! Text as outlines.

use tiny_skia::{Path, PathBuilder, Transform};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::ChartError;

/// Most characters of one text.
const CHARS_MAX: usize = 80;

/// The typefaces: one for figures, whose digits are equally wide, and one for words.
pub(crate) struct Lettering {
    figures: Face<'static>,
    words: Face<'static>,
}

/// Which typeface.
#[derive(Clone, Copy)]
pub(crate) enum Hand {
    Figures,
    Words,
}

struct Pen(PathBuilder);

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.0.close();
    }
}

impl Lettering {
    pub fn new() -> Result<Self, ChartError> {
        let face = |bytes| Face::parse(bytes, 0).map_err(|_| ChartError::Broken("a typeface cannot be read"));
        Ok(Self {
            figures: face(epaint_default_fonts::HACK_REGULAR)?,
            words: face(epaint_default_fonts::UBUNTU_LIGHT)?,
        })
    }

    const fn face(&self, hand: Hand) -> &Face<'static> {
        match hand {
            Hand::Figures => &self.figures,
            Hand::Words => &self.words,
        }
    }

    /// How wide a text of this size is, in pixels.
    pub fn width(&self, hand: Hand, size: f32, text: &str) -> f32 {
        let face = self.face(hand);
        let scale = size / f32::from(face.units_per_em());
        glyphs(face, text).map(|(_, advance)| advance * scale).sum()
    }

    /// Outlines of a text that begins at `x` and stands on `baseline`.
    pub fn path(&self, hand: Hand, size: f32, text: &str, x: f32, baseline: f32) -> Option<Path> {
        let face = self.face(hand);
        let scale = size / f32::from(face.units_per_em());
        let mut all = PathBuilder::new();
        let mut at = x;
        for (glyph, advance) in glyphs(face, text) {
            let mut pen = Pen(PathBuilder::new());
            if face.outline_glyph(glyph, &mut pen).is_some()
                && let Some(outline) = pen.0.finish()
                && let Some(placed) =
                    outline.transform(Transform::from_row(scale, 0.0, 0.0, -scale, at, baseline))
            {
                all.push_path(&placed);
            }
            at += advance * scale;
        }
        all.finish()
    }
}

/// Glyphs and their advances. What the typeface does not have is drawn as its empty box.
fn glyphs<'a>(face: &'a Face<'static>, text: &'a str) -> impl Iterator<Item = (GlyphId, f32)> + 'a {
    text.chars().filter(|letter| !letter.is_control()).take(CHARS_MAX).map(|letter| {
        let glyph = face.glyph_index(letter).unwrap_or_default();
        (glyph, f32::from(face.glyph_hor_advance(glyph).unwrap_or_default()))
    })
}
