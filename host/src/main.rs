fn main() -> std::process::ExitCode {
    hermes_host::cli::run()
}
