//! The `embargod` program: see the library for everything it does.

fn main() -> std::process::ExitCode {
    embargod::cli::main()
}
