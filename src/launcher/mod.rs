//! What is typed becomes ranked results.
