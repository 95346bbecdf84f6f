//! A square of numbers, cloud by cloud: what a move from the row's to the column's comes to.

use super::letters::Letters;
use super::screen::{pad, pad_left};

/// Clouds that a square has room for; of more, only the first row is told.
pub const MOST: usize = 8;

/// A row for each cloud under a head of letters, at most `columns` wide.
pub fn matrix(
    title: &str,
    letters: &Letters<'_>,
    columns: usize,
    cell: &dyn Fn(usize, usize) -> String,
) -> Vec<String> {
    let legend = letters.legend();
    let cells: Vec<Vec<String>> = (0..legend.len())
        .map(|row| {
            let of_row = (0..legend.len()).map(|column| {
                if row == column {
                    "·".to_owned()
                } else {
                    cell(row, column)
                }
            });
            of_row.collect()
        })
        .collect();
    let widest = cells
        .iter()
        .flatten()
        .map(|cell| cell.chars().count())
        .max();
    let room = columns.saturating_sub(16) / legend.len().max(1);
    let width = (widest.unwrap_or(0) + 2).clamp(4, room.max(4));
    let name = columns.saturating_sub(width * legend.len());
    let longest = legend.iter().map(|name| name.chars().count()).max();
    let name = name.min(longest.unwrap_or(0).max(title.chars().count()) + 3);
    let row = |first: &str, cells: &[String]| -> String {
        let cells: String = cells.iter().map(|cell| pad_left(cell, width)).collect();
        format!("{}{cells}", pad(first, name))
    };
    let head: Vec<String> = (0..legend.len()).map(|n| letters.at(n)).collect();
    let mut lines = vec![row(title, &head)];
    for (named, cells) in legend.iter().zip(&cells) {
        lines.push(row(&format!("  {named}"), cells));
    }
    lines
}
