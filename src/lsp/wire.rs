//! Messages as bytes, on standard input and output or elsewhere: read within bounds, and one that is no JSON ends nothing.
//!
//! The length that a message claims is not believed before its bytes are there.

use std::io::{self, BufRead, Read, Write};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use lsp_server::{Connection, ErrorCode, Message};
use serde_json::{Value, json};

/// Bytes that a message may have: a file of the largest size that is read, spelled as a JSON text.
const MOST: u64 = 64 << 20;
/// Bytes that a line of a message's head may have.
const LINE: u64 = 4 << 10;

/// The threads that read and write.
pub struct Threads {
    reader: JoinHandle<Result<(), String>>,
    writer: JoinHandle<()>,
}

impl Threads {
    /// Waits until everything is read and written.
    ///
    /// # Errors
    /// What came in that is not the protocol.
    pub fn join(self) -> Result<(), String> {
        let read = self.reader.join();
        let _ = self.writer.join();
        read.unwrap_or_else(|_| Err("reading failed".to_owned()))
    }
}

/// A connection to whoever writes this input and reads this output.
pub fn over(
    mut input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
) -> (Connection, Threads) {
    let (sender, outgoing) = bounded::<Message>(0);
    let (incoming, receiver) = bounded::<Message>(0);
    let (complain, complaints) = bounded::<Value>(0);
    let writer = thread::spawn(move || {
        // When nobody reads any more, there is nobody to tell.
        let _ = write_all(output, &outgoing, &complaints);
    });
    let reader = thread::spawn(move || read_all(&mut input, &incoming, &complain));
    (Connection { sender, receiver }, Threads { reader, writer })
}

fn write_all(
    mut out: impl Write,
    messages: &Receiver<Message>,
    complaints: &Receiver<Value>,
) -> io::Result<()> {
    loop {
        select! {
            recv(messages) -> message => match message {
                Ok(message) => message.write(&mut out)?,
                Err(_) => return Ok(()),
            },
            recv(complaints) -> complaint => if let Ok(complaint) = complaint {
                let text = complaint.to_string();
                write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
                out.flush()?;
            } else {
                // Nothing more comes in: what is still to be said goes out.
                return messages.iter().try_for_each(|message| message.write(&mut out));
            },
        }
    }
}

fn read_all(
    input: &mut impl BufRead,
    messages: &Sender<Message>,
    complain: &Sender<Value>,
) -> Result<(), String> {
    while let Some(body) = read(input)? {
        match understood(&body) {
            Ok(message) => {
                let is_exit = matches!(&message, Message::Notification(it) if it.method == "exit");
                // A server that has ended listens no more.
                if messages.send(message).is_err() || is_exit {
                    return Ok(());
                }
            }
            Err(complaint) => {
                let _ = complain.send(complaint);
            }
        }
    }
    Ok(())
}

/// The bytes of the next message; `None` when there are no more.
fn read(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, String> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| error.to_string())? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        match line.split_once(':') {
            None if line.is_empty() => break,
            None => return Err("a line of a message's head has no colon".to_owned()),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                let known = value.trim().parse::<u64>().ok();
                length = Some(known.ok_or("the length of a message is no number")?);
            }
            Some(_) => {}
        }
    }
    let length = length.ok_or("a message does not say how long it is")?;
    if length > MOST {
        return Err(format!("a message of {length} bytes is longer than {MOST}"));
    }
    let mut body = Vec::new();
    let read = input.by_ref().take(length).read_to_end(&mut body);
    read.map_err(|error| error.to_string())?;
    let is_whole = u64::try_from(body.len()).is_ok_and(|read| read == length);
    Ok(is_whole.then_some(body))
}

/// The message, or the answer to what is none.
fn understood(body: &[u8]) -> Result<Message, Value> {
    let complaint = |code: ErrorCode, id: &Value, what: String| json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code as i32, "message": what } });
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        let what = format!("this is no JSON: {error}");
        complaint(ErrorCode::ParseError, &Value::Null, what)
    })?;
    let id = value.get("id").cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| {
        let what = format!("this is no message: {error}");
        complaint(ErrorCode::InvalidRequest, &id, what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(input: &[u8]) -> Result<Option<Vec<u8>>, String> {
        read(&mut &input[..])
    }

    #[test]
    fn a_message_is_read_by_its_length() {
        let text = b"Content-Type: x\r\ncontent-length: 2\r\n\r\n{}rest";
        assert_eq!(first(text), Ok(Some(b"{}".to_vec())));
        assert_eq!(first(b""), Ok(None));
        assert_eq!(first(b"Content-Length: 9\r\n\r\n{}"), Ok(None));
    }

    #[test]
    fn lengths_that_nobody_means_are_refused() {
        assert!(first(b"Content-Length: 1000000000000000000\r\n\r\n{}").is_err());
        assert!(first(b"Content-Length: -1\r\n\r\n{}").is_err());
        assert!(first(b"X: 1\r\n\r\n{}").is_err());
        assert!(first(&[b'a'; 10_000]).is_err());
    }

    #[test]
    fn what_is_no_message_is_answered() {
        let code = |body: &[u8]| understood(body).expect_err("no message")["error"]["code"].clone();
        assert_eq!(code(b"{bad}"), -32700);
        assert_eq!(code(b"[]"), -32600);
        assert_eq!(code(b"{\"id\": 3}"), -32600);
        assert!(understood(br#"{"jsonrpc":"2.0","method":"exit"}"#).is_ok());
    }
}
