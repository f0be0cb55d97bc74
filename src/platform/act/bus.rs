//! D-Bus: what an object offers, and calls of its methods.

use std::time::Duration;

use zbus::Connection;
use zbus::connection::Builder;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;
use zbus::proxy::MethodFlags;
use zbus::zvariant::{Structure, Value};
use zbus_xml::{Arg, ArgDirection, Node};

use super::bounded;
use super::bus_value::{arguments, told};
use crate::model::{Bus, BusCall};

/// A method that takes longer than this is not waited for.
const PATIENCE: Duration = Duration::from_secs(25);

/// So long does any call wait for its reply: longer than what has its own limit.
const LIMIT: Duration = Duration::from_secs(30);

/// So long does a call wait for whose reply polkit may ask the user for a password.
const PASSWORD: Duration = Duration::from_secs(120);

/// The bus, on which a service that hangs holds nobody for ever.
///
/// # Errors
/// In words: it is not there.
pub async fn connect(bus: Bus) -> Result<Connection, String> {
    patient(bus).await.map_err(|error| format!("the {} bus is not there: {error}", bus.word()))
}

/// The same, with the error as it is.
pub(in crate::platform) async fn patient(bus: Bus) -> zbus::Result<Connection> {
    limited(bus, LIMIT).await
}

/// The system's bus, for calls before which the user may have to type a password.
///
/// # Errors
/// In words: it is not there.
pub async fn connect_asking() -> Result<Connection, String> {
    asking().await.map_err(|error| format!("the system bus is not there: {error}"))
}

/// The same, with the error as it is.
pub(super) async fn asking() -> zbus::Result<Connection> {
    limited(Bus::System, PASSWORD).await
}

async fn limited(bus: Bus, limit: Duration) -> zbus::Result<Connection> {
    let builder = match bus {
        Bus::Session => Builder::session()?,
        Bus::System => Builder::system()?,
    };
    builder.method_timeout(limit).build().await
}

/// What a bus or a service says, with what to do where it is about rights.
pub(super) fn words(error: &zbus::Error) -> String {
    if let zbus::Error::InputOutput(why) = error
        && why.kind() == std::io::ErrorKind::TimedOut
    {
        return "it gave no answer in time; whether it did something is not known".into();
    }
    let name = match error {
        zbus::Error::MethodError(name, _, _) => name.as_str(),
        _ => "",
    };
    let right = ["AccessDenied", "InteractiveAuthorizationRequired", "AuthorizationFailed", "NotAuthorized"];
    if right.iter().any(|end| name.ends_with(end)) || error.to_string().contains("Interactive authentication") {
        return format!(
            "{error}. The system does not let this user do it: polkit said no, or no agent is running that could ask for a password"
        );
    }
    error.to_string()
}

/// A program that asks itself would be asked by the model to do what only a person may.
async fn is_nerva(connection: &Connection, name: &str) -> Result<bool, String> {
    let asked = async {
        let bus = DBusProxy::new(connection).await?;
        let name = BusName::try_from(name.to_owned())?;
        if !bus.name_has_owner(name.clone()).await? {
            return Ok::<_, zbus::Error>(false);
        }
        Ok(bus.get_connection_unix_process_id(name).await? == std::process::id())
    };
    asked.await.map_err(|error| format!("the bus does not tell who {name} is: {error}"))
}

async fn node(connection: &Connection, name: &str, path: &str) -> Result<Node<'static>, String> {
    let asked = async {
        let object = zbus::proxy::Builder::<zbus::Proxy<'_>>::new(connection)
            .destination(name.to_owned())?
            .path(path.to_owned())?
            .interface("org.freedesktop.DBus.Introspectable")?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        // To look must start nothing.
        let flags = MethodFlags::NoAutoStart.into();
        let xml: Option<String> = object.call_with_flags("Introspect", flags, &()).await?;
        xml.ok_or_else(|| zbus::Error::Failure("it says nothing".into()))
    };
    let xml = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(xml)) => xml,
        Ok(Err(error)) => return Err(format!("{name} does not say what it offers at {path}: {error}")),
        Err(_) => return Err(format!("{name} does not answer")),
    };
    Node::from_reader(xml.as_bytes()).map_err(|error| format!("what {name} says of itself can't be read: {error}"))
}

fn directed(arguments: &[Arg], out: bool) -> impl Iterator<Item = &Arg> {
    // An argument of a method that says no direction goes in.
    arguments.iter().filter(move |argument| (argument.direction() == Some(ArgDirection::Out)) == out)
}

fn listed(arguments: &[Arg], out: bool) -> String {
    let one = |argument: &Arg| match argument.name().filter(|name| !name.is_empty()) {
        Some(name) => format!("{name}: {}", argument.ty().inner()),
        None => argument.ty().inner().to_string(),
    };
    directed(arguments, out).map(one).collect::<Vec<_>>().join(", ")
}

/// What an object offers, in lines.
///
/// # Errors
/// In words.
pub async fn introspect(connection: &Connection, name: &str, path: &str) -> Result<String, String> {
    let node = node(connection, name, path).await?;
    let mut lines = Vec::new();
    for interface in node.interfaces() {
        lines.push(interface.name().to_string());
        for method in interface.methods() {
            let (takes, gives) = (listed(method.args(), false), listed(method.args(), true));
            let gives = if gives.is_empty() { String::new() } else { format!(" → {gives}") };
            lines.push(format!("  {}({takes}){gives}", method.name()));
        }
        for property in interface.properties() {
            let access = match (property.access().read(), property.access().write()) {
                (true, true) => "read, write",
                (true, false) => "read",
                (false, _) => "write",
            };
            lines.push(format!("  property {}: {} ({access})", property.name(), property.ty().inner()));
        }
        for signal in interface.signals() {
            lines.push(format!("  signal {}", signal.name()));
        }
    }
    let children: Vec<&str> = node.nodes().iter().filter_map(Node::name).collect();
    if !children.is_empty() {
        lines.push(format!("below it: {}", children.join(", ")));
    }
    Ok(if lines.is_empty() { format!("{name} has nothing at {path}") } else { bounded(&lines.join("\n")) })
}

/// The call with the types of its arguments, which have to fit.
///
/// # Errors
/// In words: there is no such method, or the arguments do not fit.
pub async fn prepare(connection: &Connection, call: BusCall) -> Result<BusCall, String> {
    if is_nerva(connection, &call.name).await? {
        return Err("what belongs to Nerva itself can't be called by tools".into());
    }
    let node = node(connection, &call.name, &call.path).await?;
    let BusCall { name, path, interface, member, .. } = &call;
    let found = node.interfaces().iter().find(|known| known.name().as_str() == interface);
    let method = found.and_then(|known| known.methods().iter().find(|method| method.name().as_str() == member));
    let method = method.ok_or_else(|| {
        format!("{name} has no method {interface}.{member} at {path}; dbus_introspect tells what there is")
    })?;
    let signature: String = directed(method.args(), false).map(|argument| argument.ty().inner().to_string()).collect();
    arguments(&signature, &call.arguments)?;
    Ok(BusCall { signature, ..call })
}

/// Calls it; gives what it gives back, as JSON.
///
/// # Errors
/// In words.
pub async fn call(connection: &Connection, call: &BusCall) -> Result<String, String> {
    if is_nerva(connection, &call.name).await? {
        return Err("what belongs to Nerva itself can't be called by tools".into());
    }
    let body = arguments(&call.signature, &call.arguments)?;
    let (name, path) = (call.name.as_str(), call.path.as_str());
    let (interface, member) = (Some(call.interface.as_str()), call.member.as_str());
    let called = async {
        match body {
            Some(body) => connection.call_method(Some(name), path, interface, member, &body).await,
            None => connection.call_method(Some(name), path, interface, member, &()).await,
        }
    };
    let reply = match tokio::time::timeout(PATIENCE, called).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => return Err(format!("{name} says no: {}", words(&error))),
        Err(_) => return Err(format!("{name} was not done after {} s; it may go on", PATIENCE.as_secs())),
    };
    let body = reply.body();
    if body.is_empty() {
        return Ok("done; it gives nothing back".into());
    }
    let values: Structure<'_> =
        body.deserialize().map_err(|error| format!("done, but what it gives back can't be read: {error}"))?;
    Ok(bounded(&told(&Value::Structure(values)).to_string()))
}
