//! Drawing primitives. Whatever is not finite or has no area is left out.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};

use crate::ChartError;
use crate::lettering::{Hand, Lettering};

/// Where a text stands from its point.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    Left,
    Middle,
    Right,
}

/// How a text looks.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub hand: Hand,
    /// Height of the letters' box, in pixels.
    pub size: f32,
    /// Thickness added to the strokes, in pixels.
    pub bold: f32,
    pub colour: Color,
}

/// A picture in the making.
pub(crate) struct Canvas {
    pixels: Pixmap,
    lettering: Lettering,
}

fn paint(colour: Color) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(colour);
    paint
}

impl Canvas {
    pub fn new(width: u32, height: u32, ground: Color) -> Result<Self, ChartError> {
        let mut pixels = Pixmap::new(width, height).ok_or(ChartError::Broken("it has no area"))?;
        pixels.fill(ground);
        Ok(Self { pixels, lettering: Lettering::new()? })
    }

    /// A filled rectangle; edges in any order.
    pub fn rect(&mut self, left: f32, top: f32, right: f32, bottom: f32, colour: Color) {
        let rect = Rect::from_ltrb(left.min(right), top.min(bottom), left.max(right), top.max(bottom));
        if let Some(rect) = rect {
            self.pixels.fill_rect(rect, &paint(colour), Transform::identity(), None);
        }
    }

    /// A filled rectangle with round corners.
    pub fn pill(&mut self, left: f32, top: f32, right: f32, bottom: f32, colour: Color) {
        let radius = 7.0_f32.min((bottom - top) / 2.0);
        let mut path = PathBuilder::new();
        path.move_to(left + radius, top);
        path.line_to(right - radius, top);
        path.quad_to(right, top, right, top + radius);
        path.line_to(right, bottom - radius);
        path.quad_to(right, bottom, right - radius, bottom);
        path.line_to(left + radius, bottom);
        path.quad_to(left, bottom, left, bottom - radius);
        path.line_to(left, top + radius);
        path.quad_to(left, top, left + radius, top);
        path.close();
        self.fill(path.finish(), colour);
    }

    /// A straight line; with `dash`, of strokes and gaps this long.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, dash: Option<f32>, colour: Color) {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.line_to(to.0, to.1);
        let Some(path) = path.finish() else { return };
        let stroke = Stroke {
            width,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Miter,
            dash: dash.and_then(|length| StrokeDash::new(vec![length, length * 0.7], 0.0)),
            ..Stroke::default()
        };
        self.pixels.stroke_path(&path, &paint(colour), &stroke, Transform::identity(), None);
    }

    /// How wide a text is.
    pub fn width(&self, style: Style, text: &str) -> f32 {
        self.lettering.width(style.hand, style.size, text)
    }

    /// A text on a baseline; gives its width.
    pub fn text(&mut self, style: Style, align: Align, x: f32, baseline: f32, text: &str) -> f32 {
        let width = self.width(style, text);
        let left = match align {
            Align::Left => x,
            Align::Middle => x - width / 2.0,
            Align::Right => x - width,
        };
        let path = self.lettering.path(style.hand, style.size, text, left, baseline);
        if style.bold > 0.0
            && let Some(path) = &path
        {
            let stroke = Stroke { width: style.bold, line_join: LineJoin::Round, ..Stroke::default() };
            self.pixels.stroke_path(path, &paint(style.colour), &stroke, Transform::identity(), None);
        }
        self.fill(path, style.colour);
        width
    }

    fn fill(&mut self, path: Option<Path>, colour: Color) {
        if let Some(path) = path {
            self.pixels.fill_path(&path, &paint(colour), FillRule::Winding, Transform::identity(), None);
        }
    }

    pub fn png(&self) -> Result<Vec<u8>, ChartError> {
        self.pixels.encode_png().map_err(|_| ChartError::Broken("it cannot be written as PNG"))
    }
}
