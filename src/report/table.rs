//! Columns that stand under each other, whatever the width of the characters in them.

use unicode_width::UnicodeWidthStr;

/// A cell: what it says, and the escape sequence that it is coloured with.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    ink: &'static str,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, ink: "" }
    }
}

impl Cell {
    /// The same text, in the colour that this sequence begins. An empty one is no colour.
    #[must_use]
    pub fn ink(self, ink: &'static str) -> Self {
        Self { ink, ..self }
    }
}

/// Rows of cells.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
    widest: usize,
}

/// Ends whatever colour was begun.
const PLAIN: &str = "\u{1b}[0m";

impl Table {
    /// A table in which no column but the last is wider than this; longer text pushes its own row apart.
    pub fn new(widest: usize) -> Self {
        Self {
            rows: Vec::new(),
            widest,
        }
    }

    /// Adds a row. Empty cells at its end take no room.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a line that belongs to no column.
    pub fn heading(&mut self, cell: Cell) {
        self.rows.push(vec![cell]);
    }

    /// Every row on a line of its own, after `indent`.
    pub fn draw(&self, indent: &str) -> String {
        let widths = self.widths();
        let mut out = String::new();
        for row in &self.rows {
            let filled = row
                .iter()
                .rposition(|cell| !cell.text.is_empty())
                .map_or(0, |at| at + 1);
            let mut line = String::from(indent);
            for (nth, (cell, width)) in row.iter().zip(&widths).take(filled).enumerate() {
                let pad = width.saturating_sub(cell.text.width());
                if cell.ink.is_empty() || cell.text.is_empty() {
                    line += &cell.text;
                } else {
                    line = line + cell.ink + &cell.text + PLAIN;
                }
                if nth + 1 < filled {
                    line += &" ".repeat(pad + GAP);
                }
            }
            out = out + line.trim_end() + "\n";
        }
        out
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths = vec![0; columns];
        for row in self.rows.iter().filter(|row| row.len() > 1) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width().min(self.widest));
            }
        }
        widths
    }
}

/// Blanks between columns.
const GAP: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_what_is_seen() {
        let mut table = Table::new(40);
        table.row(["a".into(), "1".into()]);
        table.row(["漢字".into(), "2".into()]);
        table.row([Cell::from("é").ink("\u{1b}[31m"), "3".into()]);
        assert_eq!(
            table.draw("  "),
            "  a     1\n  漢字  2\n  \u{1b}[31mé\u{1b}[0m     3\n"
        );
    }

    #[test]
    fn one_long_cell_does_not_push_the_others_apart() {
        let mut table = Table::new(4);
        table.row(["abcdefgh".into(), "x".into()]);
        table.row(["a".into(), "y".into(), Cell::default()]);
        assert_eq!(table.draw(""), "abcdefgh  x\na     y\n");
    }
}
