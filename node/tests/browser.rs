//! A real Chromium, spoken to in the DevTools protocol over its standard input and output (`--remote-debugging-pipe`).
//!
//! Our own hundred lines instead of a driver crate: chromiumoxide and headless_chrome bring generated code for the
//! whole protocol (minutes on two cores), fantoccini another daemon and a port; these flows need eight commands.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    time::Duration,
};
use tempfile::TempDir;

/// Longest wait for the browser, or for something to appear on the page.
const WAIT: Duration = Duration::from_secs(30);
/// Pages between the one shown and the one waited for, blank ones included.
const PAGES_ON_THE_WAY: usize = 8;
/// Messages that may wait for the test at once.
const MESSAGES_MAX: usize = 1024;

const QUIET: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
];

/// One browser with one page, on a touch screen.
pub(crate) struct Browser {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    last: u64,
    complaints: Vec<String>,
    requests: Vec<String>,
    _profile: TempDir,
}

impl Browser {
    pub(crate) fn launch() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // Chromium reads commands from descriptor 3 and writes to 4; the shell puts them there.
        let mut process = Command::new("sh")
            .args(["-c", r#"exec chromium "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "chromium"])
            .args(QUIET)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = sync_channel(MESSAGES_MAX);
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            process,
            input,
            messages,
            session: None,
            last: 0,
            complaints: Vec::new(),
            requests: Vec::new(),
            _profile: profile,
        };
        browser.attach();
        browser
    }

    fn attach(&mut self) {
        let targets = self.command("Target.getTargets", json!({}));
        let pages = targets["targetInfos"].as_array().unwrap();
        let page = pages.iter().find(|target| target["type"] == "page").unwrap()["targetId"].clone();
        let attached = self.command("Target.attachToTarget", json!({ "targetId": page, "flatten": true }));
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable", "Network.enable"] {
            self.command(domain, json!({}));
        }
        self.command("Emulation.setTouchEmulationEnabled", json!({ "enabled": true, "maxTouchPoints": 2 }));
        self.resize(1280, 800);
    }

    /// Sends one command and waits for its result. Exceptions and log entries of the page are kept as complaints.
    pub(crate) fn command(&mut self, method: &str, parameters: Value) -> Value {
        self.answer(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn answer(&mut self, method: &str, parameters: Value) -> Result<Value, Value> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        const INSTALL: &str = "Chromium does not start: apt-get install -y --no-install-recommends chromium";
        self.input.write_all(&bytes).expect(INSTALL);
        loop {
            let message = self.messages.recv_timeout(WAIT).expect(INSTALL);
            if message["id"] == self.last {
                let refused = !message["error"].is_null();
                return if refused { Err(message["error"].clone()) } else { Ok(message["result"].clone()) };
            }
            match message["method"].as_str() {
                Some("Runtime.exceptionThrown") => {
                    self.complaints.push(message["params"]["exceptionDetails"].to_string());
                }
                Some("Network.requestWillBeSent") => {
                    let url = message["params"]["request"]["url"].as_str().unwrap_or_default();
                    self.requests.push(url.to_owned());
                }
                Some("Log.entryAdded") => self.complaints.push(message["params"]["entry"].to_string()),
                _ => {}
            }
        }
    }

    /// What the page complained of since the last call: exceptions, refused content, failed requests.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    /// The addresses that were asked for since the last call.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        std::mem::take(&mut self.requests)
    }

    /// Takes the network away.
    pub(crate) fn go_offline(&mut self) {
        let nothing =
            json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 });
        self.command("Network.emulateNetworkConditions", nothing);
    }

    /// Shows pages as a device set to this colour scheme does: light or dark.
    pub(crate) fn prefer(&mut self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.command("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        self.command("Emulation.setDeviceMetricsOverride", size);
    }

    pub(crate) fn open(&mut self, url: &str) {
        self.command("Page.navigate", json!({ "url": url }));
    }

    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.command("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Waits for a screen of a page that comes by itself in place of this one.
    pub(crate) fn wait_for_next_page(&mut self, screen: &str) {
        let gone = format!(
            "new Promise((done) => {{ (function look() {{
               if (document.body?.dataset.screen === '{screen}') done(true); else requestAnimationFrame(look); }})(); }})"
        );
        let asked = json!({ "expression": gone, "awaitPromise": true, "returnByValue": true });
        // A question to a page that goes away is answered with an error.
        let arrived = (0..PAGES_ON_THE_WAY).any(|_| self.answer("Runtime.evaluate", asked.clone()).is_ok());
        assert!(arrived, "no page with the screen {screen} comes");
        self.wait_for_screen(screen);
    }

    /// Waits, frame by frame, until the expression is true on the page.
    pub(crate) fn wait_for(&mut self, expression: &str) {
        let frames = format!(
            "new Promise((done) => {{ const end = performance.now() + {};
               (function look() {{ if ({expression}) done(true);
                 else if (performance.now() > end) done(document.body?.innerText ?? 'no page');
                 else requestAnimationFrame(look); }})(); }})",
            WAIT.as_millis() / 2
        );
        let seen = self.evaluate(&frames);
        assert_eq!(seen, true, "waited in vain for {expression}; the page says: {seen}");
    }

    /// Waits for a screen, and until it takes touches.
    pub(crate) fn wait_for_screen(&mut self, screen: &str) {
        let shown =
            format!("document.body?.dataset.screen === '{screen}' && !('settling' in document.body.dataset)");
        self.wait_for(&shown);
    }

    /// Puts a finger down in the middle of an element.
    pub(crate) fn finger_down(&mut self, selector: &str) {
        let place = self.evaluate(&format!(
            "(() => {{ const it = document.querySelector('{selector}');
               it.scrollIntoView({{ block: 'nearest' }});
               const r = it.getBoundingClientRect();
               return {{ x: r.x + r.width / 2, y: r.y + r.height / 2 }}; }})()"
        ));
        self.command("Input.dispatchTouchEvent", json!({ "type": "touchStart", "touchPoints": [place] }));
    }

    pub(crate) fn finger_up(&mut self) {
        self.command("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] }));
    }

    pub(crate) fn tap(&mut self, selector: &str) {
        self.finger_down(selector);
        self.finger_up();
    }

    pub(crate) fn key(&mut self, key: &str, code: u32, text: &str) {
        self.key_down(key, code, text, false);
        self.command("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "code": key }));
    }

    /// Presses a key and holds it; `repeats` is what the keyboard sends while it is held.
    pub(crate) fn key_down(&mut self, key: &str, code: u32, text: &str, repeats: bool) {
        let down = json!({
            "type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text, "autoRepeat": repeats,
        });
        self.command("Input.dispatchKeyEvent", down);
    }

    pub(crate) fn screenshot(&mut self, file: &Path) {
        self.picture(file, json!({ "format": "png" }));
    }

    /// The whole page, however long.
    pub(crate) fn screenshot_whole(&mut self, file: &Path) {
        let whole = self.whole();
        self.picture(file, json!({ "format": "png", "captureBeyondViewport": true, "clip": whole }));
    }

    fn whole(&mut self) -> Value {
        let size = self.command("Page.getLayoutMetrics", json!({}))["cssContentSize"].clone();
        json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 })
    }

    fn picture(&mut self, file: &Path, how: Value) {
        let shot = self.command("Page.captureScreenshot", how);
        std::fs::write(file, base64(shot["data"].as_str().unwrap())).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Decodes the one base64 text that the protocol sends.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte))
        .map(|digit| u32::try_from(digit).unwrap())
        .collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let bits = group.iter().enumerate().fold(0, |bits, (at, digit)| bits | digit << (18 - 6 * at));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}
