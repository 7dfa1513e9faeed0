//! The lines of an answer: what mail programs and lists add is recognised, what people type is made comparable.

/// The lines up to the signature, without leading noise.
pub(super) struct Lines {
    lines: Vec<Line>,
}

/// One line: as written, and prepared for comparison.
pub(super) struct Line {
    written: String,
    plain: String,
}

impl Lines {
    /// Cuts the signature ("-- ", RFC 3676 4.3), drops quoted lines and whatever stands before the first word of the writer.
    pub(super) fn of(words: &str) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        for text in words.lines() {
            if text == "-- " || text.trim_end() == "--" {
                break;
            }
            // Quotes are gone before; a command in a quote that was missed would be somebody else's.
            if text.trim_start().starts_with('>') {
                continue;
            }
            let line = Line::of(text);
            if lines.is_empty() && line.is_noise() {
                continue;
            }
            lines.push(line);
        }
        Self { lines }
    }

    /// Takes away what begins with a line `MARK:` below the command, and returns it: what follows the colon, and the lines below it.
    pub(super) fn cut_at(&mut self, mark: &str) -> Option<Lines> {
        let rest_of = |line: &Line| {
            let (_, rest) = line.plain.split_once(':')?;
            // The plain form has one character for each written one.
            let at = line.written.trim().char_indices().nth(line.plain.chars().count() - rest.chars().count());
            line.is_mark(mark).then(|| at.and_then(|(at, _)| line.written.trim().get(at..)).unwrap_or_default().trim().to_owned())
        };
        let (place, rest) = self.lines.iter().enumerate().skip(1).find_map(|(place, line)| Some((place, rest_of(line)?)))?;
        let mut lines = self.lines.split_off(place);
        lines.splice(..1, Some(Line::of(&rest)));
        Some(Lines { lines })
    }

    /// Puts back to the command what a mail program broke off it: half of a list of arguments reads as a shorter one.
    pub(super) fn unwrap_command(&mut self, takes: Takes) {
        let mut above = self.lines.first().map_or(0, Line::width);
        while let [command, next, ..] = self.lines.as_slice()
            && next.continues(above, takes)
        {
            above = next.width();
            let joined = Line::of(&format!("{} {}", command.as_written(), next.written.trim()));
            self.lines.splice(..2, Some(joined));
        }
    }

    /// All of them as written.
    pub(super) fn as_text(&self) -> String {
        self.lines.iter().map(Line::as_written).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn command(&self) -> Option<&Line> {
        self.lines.first()
    }

    pub(super) fn after(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().skip(1)
    }
}

/// What stands behind the word of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Several arguments, or a name of several words: they can be longer than a line.
    Arguments,
    /// `because ...`.
    Reason,
    /// Nothing, one argument, or a text, whose lines are its writer's.
    Other,
}

/// Mail programs break lines at 65 to 78 columns.
const NARROWEST: usize = 60;

impl Line {
    /// In columns. One long word, which no program could have broken, says nothing of a wrap.
    fn width(&self) -> usize {
        if self.plain.contains(' ') { self.plain.chars().count() } else { 0 }
    }

    /// Whether it is the rest of the line above, which is so wide: its first word had no room there, or is none that begins a sentence.
    fn continues(&self, above: usize, takes: Takes) -> bool {
        let Some(word) = self.plain.split(' ').next().filter(|word| !word.is_empty()) else { return false };
        match takes {
            Takes::Arguments => {
                let argument = without_end_marks(word).contains(|c: char| c.is_ascii_digit() || "@<./:".contains(c));
                argument || above + 1 + word.chars().count() > NARROWEST
            }
            Takes::Reason => without_end_marks(word).eq_ignore_ascii_case("because"),
            Takes::Other => false,
        }
    }

    /// Whether it begins with `MARK:`.
    pub(super) fn is_mark(&self, mark: &str) -> bool {
        let head = self.plain.split_once(':').map_or("", |(head, _)| head);
        head.trim().trim_matches(|c: char| "\"'*_`".contains(c)).eq_ignore_ascii_case(mark)
    }

    fn of(text: &str) -> Self {
        let written: String = text.chars().filter(|&c| c == '\t' || !(c.is_control() || invisible(c))).collect();
        let plain = written.chars().map(plain).collect::<String>().trim().to_owned();
        Self { written, plain }
    }

    /// The line without control and invisible characters.
    pub(super) fn as_written(&self) -> &str {
        self.written.trim_end()
    }

    /// The line without enclosing quotes or emphasis and without its last full stop, exclamation or question mark.
    pub(super) fn bare(&self) -> String {
        let text = without_end_marks(&self.plain);
        let text = text.trim_matches(|c: char| "\"'*_`".contains(c)).trim();
        without_end_marks(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn ends_with_question(&self) -> bool {
        self.plain.trim_end_matches(|c: char| "\"'*_`.!".contains(c) || c.is_whitespace()).ends_with('?')
    }

    /// The first word in lower case without its punctuation, and what follows it as written.
    pub(super) fn split_head(&self) -> (String, &str) {
        let ends = |c: char| c.is_whitespace() || ".,:;!?".contains(c);
        let head: String = self.plain.chars().take_while(|&c| !ends(c)).collect();
        // The plain form has one character for each written one; the text that goes out keeps the quotes its writer typed.
        let written = self.written.trim();
        let at = written.char_indices().nth(head.chars().count()).map_or(written.len(), |(at, _)| at);
        let rest = written.get(at..).unwrap_or_default();
        let head = head.trim_matches(|c: char| "\"'*_`".contains(c)).to_lowercase();
        (head, without_separator(rest))
    }

    pub(super) fn head_ends_with_colon(&self) -> bool {
        let ends = |c: char| c.is_whitespace() || c == ':';
        self.plain.find(ends).and_then(|at| self.plain.get(at..)).is_some_and(|rest| rest.trim_start().starts_with(':'))
    }

    /// The words in lower case, without punctuation around them.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        let inner = |c: char| !(c.is_alphanumeric() || c == '\'' || c == '-');
        self.plain.split(inner).map(|word| word.trim_matches(['\'', '-']).to_lowercase()).filter(|word| !word.is_empty())
    }

    /// Blank, a ruled line, or the banner that Exchange and list servers put on top of mail from outside.
    fn is_noise(&self) -> bool {
        if !self.plain.chars().any(char::is_alphanumeric) {
            // A lone question or a lone emoji is an answer; rules and blanks are not.
            return self.plain.chars().all(|c| c.is_whitespace() || "-_=*~#+|.".contains(c));
        }
        let lower = self.plain.to_lowercase();
        let marks = ["ext", "extern", "external", "caution"];
        let bracketed = lower.starts_with('[') && lower.ends_with(']') && self.words().any(|word| marks.contains(&word.as_str()));
        let warning = ["caution:", "external email", "external sender", "this message was sent from outside"];
        bracketed || warning.iter().any(|start| lower.starts_with(start))
    }
}

/// Text without the mark that separates it from the word before it.
pub(super) fn without_separator(text: &str) -> &str {
    text.trim_start().trim_start_matches([':', ',', ';', '.', '!', '-', '\u{2013}', '\u{2014}', '\u{ff1a}']).trim_start()
}

pub(super) fn without_end_marks(text: &str) -> &str {
    // An ellipsis hesitates ("approve..."), so only one full stop is an end mark.
    let text = text.trim_end_matches(['!', '?', ',', ';', ':', ' ']);
    text.strip_suffix('.').filter(|rest| !rest.ends_with('.')).unwrap_or(text).trim_end()
}

/// An address without what Outlook adds to it in the plain form (`a@b.example<mailto:a@b.example>`).
pub(super) fn without_link(word: &str) -> &str {
    word.split_once("<mailto:").map_or(word, |(address, _)| address)
}

/// The text with ASCII punctuation, in lower case.
pub(super) fn comparable(text: &str) -> String {
    text.chars().map(plain).collect::<String>().to_lowercase()
}

/// Typographic forms that keyboards, iOS and Outlook put in place of the ASCII ones.
fn plain(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2039}' | '\u{203a}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{300c}' | '\u{300d}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{ff0e}' | '\u{3002}' => '.',
        '\u{ff01}' => '!',
        '\u{ff1f}' | '\u{bf}' => '?',
        '\u{ff1a}' => ':',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// Characters that show nothing or turn the direction of what follows.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
}
