/// Columns as wide as their widest cell, two spaces apart.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(header: &[&str]) -> Self {
        Self {
            rows: vec![header.iter().map(|cell| (*cell).to_owned()).collect()],
        }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| width(cell)).max().unwrap_or(0)
            })
            .collect();
        self.rows
            .iter()
            .map(|row| {
                let cells = row.iter().zip(&widths).map(|(cell, widest)| {
                    let padding = widest.saturating_sub(width(cell));
                    format!("{cell}{}", " ".repeat(padding))
                });
                cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
            })
            .collect()
    }
}

/// Without the escapes that colour a cell.
fn width(cell: &str) -> usize {
    let mut coloured = false;
    cell.chars()
        .filter(|&letter| {
            let counts = !coloured && letter != '\u{1b}';
            coloured = (coloured || letter == '\u{1b}') && letter != 'm';
            counts
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_and_lines_end_where_their_text_ends() {
        let mut table = Table::new(&["NAME", "PORT", "NOTE"]);
        table.row(vec![
            "a".into(),
            "\u{1b}[32m9570\u{1b}[0m".into(),
            String::new(),
        ]);
        table.row(vec!["longer".into(), "1".into(), "x".into()]);
        assert_eq!(
            table.lines(),
            [
                "NAME    PORT  NOTE",
                "a       \u{1b}[32m9570\u{1b}[0m",
                "longer  1     x"
            ]
        );
    }
}
