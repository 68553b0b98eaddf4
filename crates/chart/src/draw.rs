//! The picture, from the ground up.

use domain::{Candle, UtcMs};
use tiny_skia::Color;

use crate::canvas::{Align, Canvas, Style};
use crate::lettering::Hand;
use crate::scale::{PriceScale, narrow, price_text, spread, time_text, time_ticks};
use crate::theme::{Palette, faded};
use crate::{CANDLES_MAX, ChartError, HEIGHT, Scene, Side, WIDTH};

/// Around everything.
const MARGIN: f32 = 28.0;
/// Where the candles begin and end, from the top.
const TOP: f32 = 132.0;
const BOTTOM: f32 = 740.0;
/// Share of the height that the volume takes at most.
const VOLUME: f32 = 0.13;
/// Slots right of the newest candle, where the plan is drawn.
const PLAN_SLOTS: usize = 22;
/// Height of a price label.
const PILL: f32 = 42.0;

/// What the parts of the picture share.
struct Frame<'a> {
    scene: &'a Scene,
    palette: Palette,
    candles: Vec<Candle>,
    prices: PriceScale,
    /// Right edge of the candles' field.
    right: f32,
    /// Width of a candle with its gap.
    slot: f32,
}

impl Frame<'_> {
    /// The middle of a candle.
    fn x(&self, index: usize) -> f32 {
        MARGIN + (index as f32 + 0.5) * self.slot
    }

    /// Where an instant stands on the axis of candles; gaps between candles take no room.
    fn x_at(&self, at: UtcMs) -> f32 {
        self.x(self.candles.partition_point(|candle| candle.open_time < at))
    }

    fn plan_from(&self) -> f32 {
        self.x(self.candles.len().saturating_sub(1)) + self.slot
    }
}

pub(crate) fn scene(scene: &Scene) -> Result<Canvas, ChartError> {
    if !scene.entry.is_finite() || scene.entry <= 0.0 {
        return Err(ChartError::BadEntry);
    }
    let usable: Vec<Candle> =
        scene.candles.iter().filter(|candle| candle.defect().is_none()).copied().collect();
    let skip = usable.len().saturating_sub(CANDLES_MAX);
    let candles: Vec<Candle> = usable.into_iter().skip(skip).collect();
    let levels = [Some(scene.entry), scene.stop, scene.target];
    let all = candles
        .iter()
        .flat_map(|candle| [candle.low, candle.high])
        .chain(levels.into_iter().flatten().filter(|level| *level > 0.0));
    if candles.is_empty() {
        return Err(ChartError::NoCandles);
    }
    let prices = PriceScale::over(all, TOP, BOTTOM).ok_or(ChartError::NoCandles)?;
    let palette = Palette::of(scene.theme);
    let mut canvas = Canvas::new(WIDTH, HEIGHT, palette.ground)?;
    let (width, height) = (narrow(f64::from(WIDTH)), narrow(f64::from(HEIGHT)));

    // The labels' room is that of the longest one.
    let label = axis_style(palette.text);
    let longest = levels
        .into_iter()
        .flatten()
        .chain(prices.ticks(6))
        .map(|price| canvas.width(label, &price_text(price, scene.decimals)))
        .fold(120.0_f32, f32::max);
    let right = width - longest.min(330.0) - 52.0;
    let slot = (right - MARGIN) / (candles.len().max(24) + PLAN_SLOTS) as f32;
    let frame = Frame { scene, palette, candles, prices, right, slot };

    canvas.rect(MARGIN, TOP, right, BOTTOM, frame.palette.panel);
    header(&mut canvas, &frame, width);
    grid(&mut canvas, &frame, height);
    watermark(&mut canvas, &frame);
    plan(&mut canvas, &frame);
    zones(&mut canvas, &frame);
    volume(&mut canvas, &frame);
    candles_of(&mut canvas, &frame);
    levels_of(&mut canvas, &frame, width);
    Ok(canvas)
}

const fn axis_style(colour: Color) -> Style {
    Style { hand: Hand::Figures, size: 26.0, bold: 0.0, colour }
}

const fn words(size: f32, bold: f32, colour: Color) -> Style {
    Style { hand: Hand::Words, size, bold, colour }
}

fn header(canvas: &mut Canvas, frame: &Frame<'_>, width: f32) {
    let (scene, palette) = (frame.scene, &frame.palette);
    let colour = match scene.side {
        Side::Long => palette.up,
        Side::Short => palette.down,
        Side::Neutral => palette.muted,
    };
    let edge = width - MARGIN;
    // A long name is set smaller rather than cut.
    let mut title = words(60.0, 2.0, colour);
    let mut beside = words(36.0, 0.9, palette.text);
    let wanted = canvas.width(title, &scene.title) + 26.0 + canvas.width(beside, &scene.subtitle);
    let shrink = ((edge - MARGIN) / wanted).min(1.0);
    title.size *= shrink;
    beside.size *= shrink;
    let taken = canvas.text(title, Align::Left, MARGIN, 70.0, &scene.title);
    canvas.text(beside, Align::Left, MARGIN + taken + 26.0, 70.0, &scene.subtitle);
    let small = words(29.0, 0.6, palette.muted);
    canvas.text(small, Align::Left, MARGIN, 114.0, &scene.market);
    canvas.text(small, Align::Right, edge, 114.0, &time_text(scene.at));
}

fn grid(canvas: &mut Canvas, frame: &Frame<'_>, height: f32) {
    let palette = &frame.palette;
    for price in frame.prices.ticks(6) {
        let y = frame.prices.y(price);
        canvas.line((MARGIN, y), (frame.right, y), 1.5, None, palette.grid);
    }
    let (Some(first), Some(last)) = (frame.candles.first(), frame.candles.last()) else { return };
    let style = words(27.0, 0.5, palette.muted);
    let mut free_from = MARGIN - 10.0;
    for (at, label, is_midnight) in time_ticks(first.open_time, last.open_time) {
        let x = frame.x_at(at);
        canvas.line((x, TOP), (x, BOTTOM), if is_midnight { 2.0 } else { 1.0 }, None, palette.grid);
        let half = canvas.width(style, &label) / 2.0;
        if x - half > free_from && x + half < frame.right {
            canvas.text(style, Align::Middle, x, height - 22.0, &label);
            free_from = x + half + 14.0;
        }
    }
}

fn watermark(canvas: &mut Canvas, frame: &Frame<'_>) {
    let Some(text) = &frame.scene.watermark else { return };
    let mut style = words(92.0, 0.0, faded(frame.palette.muted, 0.2));
    let room = (frame.right - MARGIN) * 0.9;
    style.size *= (room / canvas.width(style, text).max(1.0)).min(1.0);
    canvas.text(style, Align::Middle, MARGIN.midpoint(frame.right), TOP.midpoint(BOTTOM) + 28.0, text);
}

fn zones(canvas: &mut Canvas, frame: &Frame<'_>) {
    let edge = frame.plan_from();
    for zone in &frame.scene.zones {
        let seen = frame.prices.holds(zone.bottom) && frame.prices.holds(zone.top) && zone.bottom < zone.top;
        if !seen {
            continue;
        }
        let colour = if zone.is_bullish { frame.palette.up } else { frame.palette.down };
        let (left, top, bottom) =
            (frame.x_at(zone.from).min(edge), frame.prices.y(zone.top), frame.prices.y(zone.bottom));
        canvas.rect(left, top, edge, bottom, faded(colour, 0.12));
        for y in [top, bottom] {
            canvas.line((left, y), (edge, y), 1.5, None, faded(colour, 0.45));
        }
        canvas.text(
            words(23.0, 0.8, colour),
            Align::Left,
            edge + 8.0,
            top.midpoint(bottom) + 8.0,
            &zone.label,
        );
    }
}

/// What the plan risks and what it may gain, right of the newest candle.
fn plan(canvas: &mut Canvas, frame: &Frame<'_>) {
    let entry = frame.prices.y(frame.scene.entry);
    let (from, to) = (frame.plan_from(), frame.right);
    let sides = [(frame.scene.target, frame.palette.up), (frame.scene.stop, frame.palette.down)];
    for (level, colour) in sides {
        if let Some(level) = level.filter(|level| level.is_finite() && *level > 0.0) {
            canvas.rect(from, entry, to, frame.prices.y(level), faded(colour, 0.2));
        }
    }
}

fn volume(canvas: &mut Canvas, frame: &Frame<'_>) {
    let most = frame.candles.iter().map(|candle| candle.volume).fold(0.0_f64, f64::max);
    if most <= 0.0 {
        return;
    }
    let half = (frame.slot * 0.36).max(0.6);
    for (index, candle) in frame.candles.iter().enumerate() {
        let height = narrow(candle.volume / most) * (BOTTOM - TOP) * VOLUME;
        let x = frame.x(index);
        let colour = if candle.close >= candle.open { frame.palette.up } else { frame.palette.down };
        canvas.rect(x - half, BOTTOM - height, x + half, BOTTOM, faded(colour, 0.28));
    }
}

fn candles_of(canvas: &mut Canvas, frame: &Frame<'_>) {
    let half = (frame.slot * 0.36).clamp(0.6, 9.0);
    for (index, candle) in frame.candles.iter().enumerate() {
        let x = frame.x(index);
        let colour = if candle.close >= candle.open { frame.palette.up } else { frame.palette.down };
        let (high, low) = (frame.prices.y(candle.high), frame.prices.y(candle.low));
        canvas.rect(x - 1.0, high, x + 1.0, low.max(high + 1.0), colour);
        let (open, close) = (frame.prices.y(candle.open), frame.prices.y(candle.close));
        let (top, bottom) = (open.min(close), open.max(close));
        // An unchanged price is a line, not nothing.
        canvas.rect(x - half, top, x + half, bottom.max(top + 2.0), colour);
    }
}

/// Entry, stop and target across the picture, with their prices on the axis; then the axis' own prices where
/// there is room.
fn levels_of(canvas: &mut Canvas, frame: &Frame<'_>, width: f32) {
    let (scene, palette) = (frame.scene, &frame.palette);
    let levels: Vec<(&str, f64, Color)> = [
        ("Target", scene.target, palette.up),
        ("Entry", Some(scene.entry), palette.entry),
        ("Stop", scene.stop, palette.down),
    ]
    .into_iter()
    .filter_map(|(name, level, colour)| Some((name, level.filter(|level| *level > 0.0)?, colour)))
    .filter(|(_, level, _)| level.is_finite())
    .collect();
    let wanted: Vec<f32> = levels.iter().map(|(_, level, _)| frame.prices.y(*level)).collect();
    let places = spread(&wanted, PILL + 4.0, TOP + PILL / 2.0, BOTTOM - PILL / 2.0);

    let style = axis_style(palette.muted);
    for price in frame.prices.ticks(6) {
        let y = frame.prices.y(price);
        if places.iter().all(|place| (place - y).abs() > PILL * 0.5 + 15.0) {
            let text = price_text(price, scene.decimals);
            canvas.text(style, Align::Right, width - 22.0, y + 9.0, &text);
        }
    }
    for ((name, level, colour), (y, place)) in levels.iter().zip(wanted.iter().zip(&places)) {
        canvas.line((MARGIN, *y), (frame.right, *y), 2.5, Some(12.0), *colour);
        canvas.line((frame.right, *y), (frame.right + 8.0, *place), 2.5, None, *colour);
        let (top, bottom) = (place - PILL / 2.0, place + PILL / 2.0);
        canvas.pill(frame.right + 6.0, top, width - 12.0, bottom, *colour);
        let style = Style { bold: 0.8, ..axis_style(palette.on_pill) };
        canvas.text(style, Align::Right, width - 22.0, place + 9.5, &price_text(*level, scene.decimals));
        let tag = words(27.0, 0.9, *colour);
        let baseline = if place > y { place + 26.0 } else { place - 9.0 };
        let baseline = baseline.clamp(TOP + 24.0, BOTTOM - 8.0);
        canvas.text(tag, Align::Right, frame.right - 10.0, baseline, name);
    }
}
