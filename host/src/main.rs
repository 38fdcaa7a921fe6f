use hermes_host::allocator::Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator::new();

fn main() -> std::process::ExitCode {
    hermes_host::cli::run()
}
