//! What stands for the server in a build without it.

/// Never starts.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// The error is for people.
    #[expect(clippy::unused_async, reason = "as the server's own")]
    pub async fn start(_keys: Vec<(String, String)>) -> Result<Self, String> {
        Err("this build has none: it was made without the feature `embedded`".to_owned())
    }

    /// Nowhere.
    pub fn origin(&self) -> String {
        String::new()
    }
}
