//! Files that a program hands over through the Documents portal (`org.freedesktop.portal.FileTransfer`).

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use zbus::zvariant::Value;

/// A portal that does not answer for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The files of a key, as paths that can be read here; or why there are none.
pub async fn retrieve(key: &str) -> Result<Vec<PathBuf>, String> {
    let files = async {
        let connection = zbus::Connection::session().await?;
        let options: HashMap<&str, Value<'_>> = HashMap::new();
        let reply = connection
            .call_method(
                Some("org.freedesktop.portal.Documents"),
                "/org/freedesktop/portal/documents",
                Some("org.freedesktop.portal.FileTransfer"),
                "RetrieveFiles",
                &(key, options),
            )
            .await?;
        reply.body().deserialize::<Vec<String>>()
    };
    match tokio::time::timeout(PATIENCE, files).await {
        Ok(Ok(files)) => Ok(files.into_iter().map(PathBuf::from).collect()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the Documents portal did not answer for {} s", PATIENCE.as_secs())),
    }
}
