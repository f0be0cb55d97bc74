//! Calls are begun in the order in which they arrive; only what they then wait for goes on in tasks of their own.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use async_trait::async_trait;
use zbus::message::Header;
use zbus::names::{InterfaceName, MemberName};
use zbus::object_server::{DispatchResult2, Interface, SignalEmitter};
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, Message, ObjectServer, fdo};

/// An interface whose methods take `&self`, served in order.
///
/// The library either gives each call a task, and tasks overtake each other, or handles one call at a time, and one
/// that waits for an hour would keep all others waiting. Here each call is polled once, in order, which takes it to the
/// point where its command has been sent; what is left of it is a task.
pub(super) struct InOrder<T>(Arc<T>);

impl<T> InOrder<T> {
    pub(super) fn new(interface: T) -> Self {
        Self(Arc::new(interface))
    }
}

#[async_trait]
impl<T: Interface> Interface for InOrder<T> {
    fn name() -> InterfaceName<'static> {
        T::name()
    }

    fn spawn_tasks_for_methods(&self) -> bool {
        false
    }

    async fn get(
        &self,
        property: &str,
        server: &ObjectServer,
        connection: &Connection,
        header: Option<&Header<'_>>,
        emitter: &SignalEmitter<'_>,
    ) -> Option<fdo::Result<OwnedValue>> {
        self.0.get(property, server, connection, header, emitter).await
    }

    async fn get_all(
        &self,
        server: &ObjectServer,
        connection: &Connection,
        header: Option<&Header<'_>>,
        emitter: &SignalEmitter<'_>,
    ) -> fdo::Result<HashMap<String, OwnedValue>> {
        self.0.get_all(server, connection, header, emitter).await
    }

    async fn set_mut(
        &mut self,
        _property: &str,
        _value: &Value<'_>,
        _server: &ObjectServer,
        _connection: &Connection,
        _header: Option<&Header<'_>>,
        _emitter: &SignalEmitter<'_>,
    ) -> Option<fdo::Result<()>> {
        None
    }

    fn call<'call>(
        &'call self,
        _server: &'call ObjectServer,
        connection: &'call Connection,
        message: &'call Message,
        name: MemberName<'call>,
    ) -> DispatchResult2<'call> {
        let interface = self.0.clone();
        let (connection, message, name) = (connection.clone(), message.clone(), name.to_owned());
        let mut work = Box::pin(async move {
            let server = connection.object_server();
            let outcome = match interface.call(server, &connection, &message, name.as_ref()) {
                DispatchResult2::Async(work) => work.await,
                DispatchResult2::NotFound | DispatchResult2::RequiresMut => {
                    Err(fdo::Error::UnknownMethod(format!("Unknown method '{name}'")))
                }
            };
            if let Err(error) = outcome
                && let Err(error) = connection.reply_dbus_error(&message.header(), error).await
            {
                tracing::debug!("a refusal could not be sent: {error}");
            }
        });
        DispatchResult2::Async(Box::pin(async move {
            if futures::poll!(&mut work).is_pending() {
                tokio::spawn(work);
            }
            Ok(())
        }))
    }

    fn call_mut<'call>(
        &'call mut self,
        _server: &'call ObjectServer,
        _connection: &'call Connection,
        _message: &'call Message,
        _name: MemberName<'call>,
    ) -> DispatchResult2<'call> {
        DispatchResult2::NotFound
    }

    fn introspect_to_writer(&self, writer: &mut dyn Write, level: usize) {
        self.0.introspect_to_writer(writer, level);
    }
}
