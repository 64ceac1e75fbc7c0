//! What terminals measured in half-days that are over: checked like a cast, and kept until the month is closed.

use bytes::Bytes;
use faccina_proto::calendar::CivilDay;
use faccina_proto::envelope::{Envelope, FederationId, KeyId, Kind};
use faccina_proto::limits::REPORTS_PER_MESSAGE_MAX;
use faccina_proto::report::HalfDayReport;
use faccina_proto::terminals::{Leftover, State, TerminalList};
use faccina_proto::wire::terminal::v1 as wire;
use tonic::{Request, Status};

use super::TerminalService;
use crate::intake::{IntakeError, blocking};
use crate::tokens::Caller;

impl TerminalService {
    pub(super) async fn take_reports(
        &self,
        request: Request<wire::ReportRequest>,
    ) -> Result<wire::ReportReply, Status> {
        let caller = request.extensions().get::<Caller>().and_then(|caller| caller.terminal);
        let caller = caller.ok_or_else(|| {
            Status::permission_denied("a terminal reports only of itself, with the token of its enrolment")
        })?;
        let asked = request.into_inner().reports;
        if asked.len() > REPORTS_PER_MESSAGE_MAX {
            let (reports, max) = (asked.len(), REPORTS_PER_MESSAGE_MAX);
            return Err(Status::invalid_argument(format!("a message has {reports} reports, at most {max}")));
        }
        let shared = &self.intake.shared;
        let book = shared.reports.clone();
        let reader = Reader {
            caller,
            federation: self.intake.desk().papers.federation,
            terminals: self.intake.terminals(),
            today: shared.clock.today(),
        };
        let kept = blocking(move || -> Result<Vec<wire::RefusedReport>, IntakeError> {
            let (mut kept, mut refused) = (Vec::new(), Vec::new());
            // The wire counts in u32; the number of reports is bounded far below.
            for (index, bytes) in (0u32..).zip(asked) {
                match reader.read(bytes) {
                    Ok(report) => kept.push(report),
                    Err(message) => refused.push(wire::RefusedReport { index, message }),
                }
            }
            if !kept.is_empty() {
                book.keep(&kept)?;
            }
            Ok(refused)
        });
        Ok(wire::ReportReply { refused: kept.await?? })
    }
}

/// Reads the reports of one terminal.
struct Reader {
    caller: KeyId,
    federation: FederationId,
    terminals: std::sync::Arc<TerminalList>,
    today: CivilDay,
}

impl Reader {
    /// The report in an envelope that the calling terminal has signed, or what to do.
    fn read(&self, bytes: Bytes) -> Result<HalfDayReport, String> {
        let unread = |error: &dyn std::fmt::Display| {
            format!("the report cannot be read ({error}): update the terminal's software")
        };
        let envelope = Envelope::parse(bytes).map_err(|error| unread(&error))?;
        let signer = envelope.key_id();
        let known = self.terminals.get(&signer).filter(|_| signer == self.caller);
        let terminal = known.ok_or_else(|| unread(&"another terminal signed it"))?;
        envelope.verify(Kind::Report, &self.federation, &terminal.key).map_err(|error| unread(&error))?;
        let report = HalfDayReport::decode(envelope.payload()).map_err(|error| unread(&error))?;
        if report.terminal != signer {
            return Err(unread(&"it names another terminal"));
        }
        let (day, today) = (report.day, self.today);
        if day > today {
            return Err(format!("the day {day} is ahead of today, {today}: set the terminal's clock"));
        }
        match (terminal.state, terminal.leftover) {
            (State::Active | State::Suspended, _) => Ok(report),
            (State::Revoked, Leftover::Flagged { until }) if day <= until => Ok(report),
            (State::Revoked, _) => {
                Err(format!("this terminal was revoked, and its report of {day} is not of before"))
            }
        }
    }
}
