//! Plain text with the marks that people and Markdown share: titles, headings, paragraphs, items; filled lines.

/// Columns of a line.
const WIDTH: usize = 76;

/// A text while it grows.
#[derive(Default)]
pub(super) struct Page {
    text: String,
    in_list: bool,
}

impl Page {
    pub(super) fn title(&mut self, text: &str) {
        self.apart();
        self.line(&format!("# {text}"));
        self.gap();
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.apart();
        self.line(&format!("## {text}"));
        self.gap();
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.apart();
        self.filled("", "", text);
        self.gap();
    }

    pub(super) fn item(&mut self, text: &str) {
        self.in_list = true;
        self.filled("- ", "  ", text);
    }

    pub(super) fn finish(mut self) -> String {
        while self.text.ends_with("\n\n") {
            self.text.pop();
        }
        self.text
    }

    /// An empty line below a list.
    fn apart(&mut self) {
        if std::mem::take(&mut self.in_list) {
            self.gap();
        }
    }

    fn gap(&mut self) {
        self.text.push('\n');
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(&one_line(text));
        self.text.push('\n');
    }

    /// Lines of people's words stay lines, each filled; a word that is longer than a line stays whole.
    fn filled(&mut self, first: &str, hanging: &str, text: &str) {
        let mut indent = first;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut current = indent.to_owned();
            let mut is_empty = true;
            for word in line.split_whitespace() {
                if !is_empty && current.chars().count() + 1 + word.chars().count() > WIDTH {
                    self.text.push_str(&current);
                    self.text.push('\n');
                    hanging.clone_into(&mut current);
                    is_empty = true;
                }
                if !is_empty {
                    current.push(' ');
                }
                current.push_str(word);
                is_empty = false;
            }
            self.text.push_str(&current);
            self.text.push('\n');
            indent = hanging;
        }
    }
}

/// Without line ends and other white space that would break a line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
