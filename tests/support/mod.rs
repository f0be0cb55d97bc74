//! What more than one integration test needs: a desktop, a keyboard, a screen, a test picture, model servers.

#![allow(dead_code, reason = "every program that includes this uses a part of it")]

pub mod acting;
pub mod arranging;
pub mod asker;
pub mod attacks;
pub mod capture;
pub mod desktop;
pub mod drag_source;
pub mod dragging;
pub mod due;
pub mod eis;
pub mod fixtures;
pub mod forms;
pub mod globals;
pub mod headless;
pub mod history;
pub mod input_method;
pub mod kernel;
pub mod keyboard;
pub mod killing;
pub mod lacking;
pub mod live;
pub mod nested;
pub mod oracle;
pub mod pattern;
pub mod picking;
pub mod places;
pub mod pointer;
pub mod remote_desktop;
pub mod screen;
pub mod screenshots;
pub mod scripted;
pub mod sent;
pub mod servers;
pub mod talking;
pub mod traffic;
pub mod typed;
pub mod windows;
