# Twinnings, good practices, experts: what the screens and the commands say.

twinning-headline-none = No twinning is open: the screen of expert administrations tells whom to ask.
twinning-headline-open = { $open ->
        [one] One twinning is open.
       *[other] { $open } twinnings are open.
    }
twinning-headline-asked = { $asked ->
        [one] One proposal waits for the answer of this administration.
       *[other] { $asked } proposals wait for the answer of this administration.
    }
twinning-headline-published = { $n ->
        [0] No twinning agreement is concluded yet.
        [one] One twinning agreement concluded.
       *[other] { $n } twinning agreements concluded, { $open } going on.
    }

twinning-next-answer = Answer the proposal: accept or decline.
twinning-next-wait = { $other } has received the proposal: its answer is awaited. The proposal can be withdrawn.
twinning-next-deliver = The proposal leaves as soon as the node of { $other } can be reached. It can be withdrawn.
twinning-next-refused = The node of { $other } did not take the last message ({ $code }): write another, or ask the other side.
twinning-next-experts-entry = { $other } has accepted: the agreement is concluded as soon as its entry arrives.
twinning-next-learners-entry = Accepted: the agreement is concluded as soon as { $other }, and then this ente, publish it.
twinning-next-work = Agreement concluded, until { $month }: compare results, exchange recommendations, fill in the self-assessment.
twinning-next-outcome = The twinning is over: publish how it went.
twinning-next-over = The twinning is over.
twinning-next-declined = { $other } and this administration will not do this twinning: the proposal was declined.
twinning-next-withdrawn = The proposal was withdrawn.
twinning-next-half = Accepted: the other side’s entry is still missing.
twinning-next-until = Going on until { $month }.

twinning-kind-proposal = proposal
twinning-kind-acceptance = acceptance
twinning-kind-decline = proposal declined
twinning-kind-withdrawal = proposal withdrawn
twinning-kind-checklist = self-assessment
twinning-kind-recommendation = recommendation
twinning-kind-end = end of the twinning
twinning-kind-unknown = message of a newer version of the software

act-delivered = Delivered to { $other }.
act-waiting = Written: it is delivered as soon as the node of { $other } can be reached.
act-accepted = Accepted, and { $other } knows: the agreement is concluded as soon as both publish it.
act-outcome = Outcome published: all administrations and the Department read it.
act-card = Card { $card } published: all administrations read it.
act-card-withdrawn = Card { $card } withdrawn: it is no longer in the library.
act-consent = The Department may name this administration for card { $card }.
act-no-consent = The Department will no longer name this administration for card { $card }.
act-available = This administration says that it is available for twinning.
act-unavailable = This administration is no longer available for twinning.
act-designated = Designation of { $other } valid until { $month }.
act-revoked = The designation of { $other } is revoked.

checklist-plan = The survey plan is published and says what is really done.
checklist-survey = The vote is offered at every counter and on every channel of the plan, at all opening hours.
checklist-invitation = Everybody who was served is invited to vote: nobody chooses whom to invite.
checklist-staff = Staff know why we listen, and that votes do not judge single people.
checklist-publication = Every month the results are on the administration’s own site, by the end of the month after.
checklist-reasons = The reasons of red votes are read every month together with those who give the service.
checklist-improvement = From what is read comes an agreed improvement, with somebody responsible and a date.
checklist-citizens = Citizens are told what has changed: “you said, we did”.
checklist-effect = After an improvement somebody looks whether the votes of that service have changed.
checklist-management = Management sees the results and uses them to decide, in the performance plan too.

library-all = { $all ->
        [0] No card is published yet: the first can be this administration’s.
        [one] One card of good practices.
       *[other] { $all } cards of good practices, the newest first.
    }
library-found = { $n ->
        [0] No card with these words, among { $all }.
        [one] One card found, among { $all }.
       *[other] { $n } cards found, among { $all }.
    }
