//! The language models: one file per wire format, a request becomes a stream of deltas.
