//! One answer out of several targets: retries before the first content, then the next target in order.

use std::time::Duration;

use futures::Stream;

use super::client::{Client, Refusal};
use super::decode::Session;
use super::fault::Place;
use super::{Limits, Target};
use crate::model::{Delta, Fault, FaultKind, Prompt};

/// A longer wait that a server asks for is a refusal: the next target answers sooner.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long usage may follow Gemini's finish reason.
const AFTER_FINISH: Duration = Duration::from_secs(2);

impl Client {
    /// Asks the first target, and the next ones in order where it can't answer.
    ///
    /// Retries and falls back only before the first content. Yields [`Delta::Began`] for each target tried. The last
    /// item is an error unless the terminal event came. Dropping the stream drops the connection.
    pub fn stream(
        &self,
        targets: Vec<Target>,
        prompt: Prompt,
        limits: Limits,
    ) -> impl Stream<Item = Result<Delta, Fault>> + Send + 'static {
        let client = self.clone();
        async_stream::stream! {
            let mut first: Option<Fault> = None;
            for target in &targets {
                yield Ok(Delta::Began { model: target.model.clone() });
                let place = Place::of(target);
                let prompt = match super::picture::for_target(&prompt, target, &client.smaller).await {
                    Ok(prompt) => prompt,
                    Err(fault) => {
                        first.get_or_insert(fault);
                        continue;
                    }
                };
                let request = super::request(target, &prompt, &limits);
                let mut attempt = 0;
                loop {
                    let mut content = false;
                    let refusal: Refusal = match client.open(target, &request, &place).await {
                        Err(refusal) => refusal,
                        Ok(mut response) => {
                            let mut session = Session::new(place.clone());
                            let mut bytes = false;
                            let ended = loop {
                                let wait = if session.is_terminal() { AFTER_FINISH }
                                    else if bytes { client.times.idle } else { client.times.first_byte };
                                let mut deltas = Vec::new();
                                let ended = match tokio::time::timeout(wait, response.chunk()).await {
                                    Ok(Ok(Some(chunk))) => {
                                        bytes = true;
                                        let pushed = session.push(&chunk, &mut deltas);
                                        // An event that was taken is the first byte; an error as the first is not.
                                        content |= pushed.is_ok() && session.has_begun();
                                        match pushed {
                                            Ok(()) if session.is_over() => Some(session.finish(None, &mut deltas)),
                                            Ok(()) => None,
                                            Err(fault) => Some(Err(fault)),
                                        }
                                    }
                                    Ok(Ok(None)) => Some(session.finish(None, &mut deltas)),
                                    Ok(Err(error)) => {
                                        Some(session.finish(Some(place.transport(&error, true)), &mut deltas))
                                    }
                                    Err(_) => Some(session.finish(Some(place.timeout("fell silent")), &mut deltas)),
                                };
                                for delta in deltas {
                                    content = true;
                                    yield Ok(delta);
                                }
                                if let Some(ended) = ended {
                                    break ended;
                                }
                            };
                            match ended {
                                Ok(()) => return,
                                Err(fault) => fault.into(),
                            }
                        }
                    };
                    if content {
                        yield Err(refusal.fault);
                        return;
                    }
                    let wait = refusal.retry_after.unwrap_or_else(|| pause(client.times.back_off, attempt));
                    if attempt >= client.retries || !is_passing(refusal.fault.kind) || wait > LONGEST_WAIT {
                        tracing::info!(model = %target.model, kind = ?refusal.fault.kind, "a provider can't answer");
                        first.get_or_insert(refusal.fault);
                        break;
                    }
                    attempt += 1;
                    tokio::time::sleep(wait).await;
                }
            }
            yield Err(first.unwrap_or_else(|| Fault::new(
                FaultKind::NoProvider,
                "No model can be asked",
                "Add a provider to the configuration, set its key, or start Ollama.",
            )));
        }
    }
}

/// Whether the same request may succeed a moment later.
fn is_passing(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::RateLimited | FaultKind::ServerError | FaultKind::Unreachable | FaultKind::Incomplete)
}

/// Doubles with each attempt, with jitter of up to half, so that many clients don't come back at once.
fn pause(base: Duration, attempt: u32) -> Duration {
    let full = base.saturating_mul(1 << attempt.min(5));
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    full.mul_f64(0.5 + f64::from(nanos % 1000) / 2000.0)
}
