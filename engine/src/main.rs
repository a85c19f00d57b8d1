//! The program: see [`farboard_engine`].

use std::io::{self, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Arc;

use farboard_engine::cli::{self, Command, Serve, USAGE};
use farboard_engine::guarded::end_at_panics;
use farboard_engine::http::{self, Ending, Engine};
use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::memory;
use farboard_engine::progress::Progress;
use farboard_engine::series::Store;

/// The arguments make no sense.
const BAD_ARGUMENTS: u8 = 90;
/// The system refused something we cannot do without, such as a thread.
const NO_START: u8 = 91;
/// What came on stdin is not HTTP/2.
const NO_HTTP2: u8 = 92;

/// Lowest priority that still moves on a busy machine.
const NICE: i32 = 10;

fn main() -> ExitCode {
    end_at_panics();
    match cli::parse(std::env::args_os().skip(1)) {
        Ok(Command::Version) => say_version(),
        Ok(Command::Serve(options)) => match serve(&options) {
            Ok(Ending::Closed | Ending::Silence) => end_at_once(0),
            Ok(Ending::Broken(error)) => {
                complain(&format!(
                    "stdin does not speak HTTP/2 with prior knowledge: {error}"
                ));
                end_at_once(NO_HTTP2)
            }
            Err(error) => {
                complain(&format!("cannot start: {error}"));
                ExitCode::from(NO_START)
            }
        },
        Err(message) => {
            complain(&format!("{message}\n{USAGE}"));
            ExitCode::from(BAD_ARGUMENTS)
        }
    }
}

fn say_version() -> ExitCode {
    let said = writeln!(
        io::stdout(),
        "farboard-engine {}",
        env!("CARGO_PKG_VERSION")
    );
    if said.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn complain(message: &str) {
    // When stderr is gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "farboard-engine: {message}");
}

/// Ends without waiting for threads that read files or are stuck writing.
fn end_at_once(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

fn serve(options: &Serve) -> io::Result<Ending> {
    if options.nice {
        // Threads inherit it. Where it is refused we go on as we are.
        let _ = rustix::process::nice(NICE);
    }
    memory::share_heap();
    let threads = options
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get));
    let store = Arc::new(Store::new());
    let progress = Arc::new(Progress::default());
    let load = LoadOptions {
        threads,
        index: options.index.clone(),
        hints: !options.no_hints,
    };
    let loader = Loader::start(
        &options.logdir,
        Arc::clone(&store),
        Arc::clone(&progress),
        load,
    )?;
    let engine = Arc::new(Engine::new(
        store,
        progress,
        Arc::clone(loader.index()),
        Arc::clone(loader.queue()),
        threads,
    ));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let ending = runtime.block_on(http::serve(engine, options.silence_timeout));
    // Both would wait for what is still under way.
    runtime.shutdown_background();
    std::mem::forget(loader);
    ending
}
