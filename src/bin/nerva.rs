//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    nerva::cli::main()
}
