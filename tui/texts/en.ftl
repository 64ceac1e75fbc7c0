# Texts of the screens. `n` chooses the plural, `count` is the number as written.

screen-my-ente = My ente
screen-comparison = Comparison
screen-neighbours = Similar enti
screen-experts = Experts
screen-twinning = Twinning
screen-cards = Good practices
screen-national = National
screen-network = Network
tab-my-ente = Ente
tab-comparison = Compare
tab-neighbours = Similar
tab-experts = Experts
tab-twinning = Twinning
tab-cards = Practices
tab-national = Italy
tab-network = Network

yes = yes
no = no
unknown = unknown
loading = refreshing…
demo = demonstration
other-services = other services
several-channels = several channels
waiting-for-node = Waiting for the node…
refused-by-node = The node cannot answer: { $reason }
too-small = The screen has { $columns } columns and { $rows } rows: at least { $columns-min } and { $rows-min } are needed. Enlarge the window.

link-connecting = connecting
link-up = connected
link-lost = node away
lost-unreachable = The node has not answered for { $seconds } s ({ $reason }): trying again.
lost-token = The node refuses the token ({ $reason }): ask its administrator for a new one.
lost-file = { $reason }
old = Old figures.
old-refreshing = Old figures: the node is back, refreshing…

month-year = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
  } { $year }

n-votes = { $n ->
    [one] { $count } vote
   *[other] { $count } votes
  }
n-enti = { $n ->
    [one] { $count } ente
   *[other] { $count } enti
  }
n-members = { $n ->
    [one] { $count } member
   *[other] { $count } members
  }
n-connected = { $count } connected
population = { $count } inhabitants
population-unknown = inhabitants unknown
part-of = { $part } of { $whole }
position = { $first }–{ $last } of { $length }
all-together = all together: { $n ->
    [one] { $count } vote
   *[other] { $count } votes
  }

face-green = green
face-yellow = yellow
face-red = red

column-ente = ente
column-member = member
column-category = kind
column-region = region
column-population = people
column-service = service
column-channel = channel
column-branch = branch
column-n = n
column-green = ▲ green
column-yellow = ■ yellow
column-red = ▼ red
column-green-votes = ▲ G
column-yellow-votes = ■ Y
column-red-votes = ▼ R
column-served = served
column-state = state
column-received = received
column-due = due
column-stratum = service · channel
column-a-n = n A
column-b-n = n B
column-likeness = likeness
column-estimate = estimate
column-peers = among peers
column-network = network
column-available = available?
column-evidence = result
column-cards = cards
column-title = title
column-topics = topics
column-learner = learner
column-expert = expert
column-part = we
column-until = until
column-difference = A − B, points
column-role = role
column-link = link
column-entries = ent.
column-last-entry = last
column-key = key
column-version = version

received-today = Votes received today: at least
received-note = rises in fives
no-closed-month = No month closed so far: the first closes on day 11 of the next month.
month-carried = too few votes: carried to the next month
includes-carried = with the votes carried from { $months }
corrected = corrected edition
commitments = Commitments
commitment-plan = Plan
commitment-survey = Survey
commitment-publication = Publication
state-met = met
state-due = due
state-missed = missed
services-and-channels = Services and channels
nothing-published = nothing published
live-title = Open ballot box, { $month }
live-none = no group of at least five votes yet
terminals-none = No active terminal
terminals-active = { $n ->
    [one] One terminal
   *[other] { $count } terminals
}
terminals-silent = { $n ->
    [one] one silent
   *[other] { $count } silent
}
terminals-wrong-clock = { $n ->
    [one] one with a wrong clock
   *[other] { $count } with a wrong clock
}
terminals-listened = listening { $count } tenths of the hours
terminals-listened-unknown = listening not known
to-verify-some = { $n ->
    [one] one service to be verified
   *[other] { $count } services to be verified
}
to-verify-title = To be verified
to-verify-nothing = nothing to be verified
refused-title = Votes refused at the terminals
refused-nothing = none
refused-heard = heard so far: { $heard } of { $n } terminals
not-known-yet = not known yet
fewer-than-five = fewer than 5
at-least = at least { $n }
check-outside-hours = votes outside opening hours
check-over-served = more votes than users served
check-short-gaps = too many votes less than five seconds after the one before
check-burst = too many votes within a minute
check-end-loading = too many votes at the end of the hours or of the month
check-fast-greens = votes close together are greener than the others
check-participation = far more votes for each user served than in the months before
check-other = another reason: update this program
reasons-of = Reasons for red: { $service }
reasons-pooled = Reasons of { $n ->
    [one] one red
   *[other] { $count } reds, pooled
  }
reasons-none = Reasons: too few reds to show them
reason-number = reason { $number }
no-votes-here = This node collects no votes.
no-votes-here-why = This node collects no votes: the other screens show the network.

all-services = all services
all-channels = all channels
all-regions = all regions
all-of-all = all services, channels and regions
newest-month = the newest month
order-likeness = by likeness
order-name = by name
order-region = by region
order-size = by inhabitants
order-votes = by number of votes
order-estimate = by estimate, without places in a ranking
window-month = one month
window-twelve = twelve months
indicator-green = ▲ green
indicator-red = ▼ red
place-inside = in line
place-low = low
place-high = high
likeness = likeness
participation = { $count } votes per 1,000 users served
cards-published = { $n ->
    [one] { $count } card published
   *[other] { $count } cards published
  }
series-title = Month by month
series-ente = ente
series-network = network
no-funnel = Without votes there is nothing to draw.
funnel-title-green = Green for the same services, by number of votes
funnel-title-red = Red for the same services, by number of votes
funnel-own = we
funnel-selected = selected
funnel-beyond = unusual
funnel-peers = limits among peers
funnel-plain = of chance
funnel-target = network
funnel-spread = 99.8% limits; differences among enti ρ = { $rho }, estimated on { $enti } enti.
funnel-too-few = { $n ->
    [one] Only one ente has enough votes: the limits are those of chance alone.
   *[other] Only { $count } enti have enough votes: the limits are those of chance alone.
  }
notable = notable
no-neighbours-here = This node collects no votes: no ente is similar to it.
no-neighbours = no ente of the same kind yet
neighbours-title = The most similar · twelve months, the last { $month }
neighbours-why = Why it is similar (no result enters the sum):
nothing-matches = nothing matches the filters
services-label = services:
is-expert = expert

summary-counted = transmitted
summary-carried = carried
summary-refused = refused
summary-not-understood = not understood
summary-forked = forked
summary-missing = late
summary-not-due = not due

experts-title = Expert administrations designated by DFP
no-experts = DFP has designated no expert administration yet.
expert-areas = designated
expert-reason = why
expert-topics = offers
expert-mailbox = mailbox
expert-likeness = beside us
designated-for = { $areas }, until { $day }
no-topics = no topic declared
no-evidence = Too few votes to look for a notable result: the designation stands all the same.
twinnings-so-far = { $n ->
    [0] no twinning so far
    [one] { $count } twinning
   *[other] { $count } twinnings
  }
available-yes = available
available-no = not available
available-unknown = availability unknown
pair-title = Side by side, { $month }
nobody-beside = No ente beside this one: choose one in Comparison, Similar enti or Experts and press v.
nothing-to-pool = No common group to put together.
pooled-title = All common groups together
pooled-same = for the same services
pooled-crude = (crude { $points })
twinnings-title = Twinnings
no-twinnings = No twinning. To propose one: Experts (4), then p. To compare: v.
no-twinnings-anywhere = No twinning published so far.
messages-title = What we said to each other
published-title = What they published
undelivered = { $n ->
    [one] { $count } message waits for the other node to be up
   *[other] { $count } messages wait for the other node to be up
  }
not-delivered = waiting
not-taken = not taken by the other node
common-services = all common ones
any-service = any service
we = we
outcome = outcome
part-learner = learning
part-expert = helping
twinning-proposed = proposed
twinning-accepted = accepted
twinning-concluded = running
twinning-declined = declined
twinning-withdrawn = withdrawn
twinning-ended = ended
twinning-unknown = unknown
result-1 = aim reached
result-2 = partly reached
result-3 = not reached
result-4 = interrupted
level-0 = –
level-1 = not yet
level-2 = begun
level-3 = in use
level-4 = proven

n-cards = { $n ->
    [0] no card
    [one] { $count } card
   *[other] { $count } cards
  }
no-cards = no card matches
card-nameable = DFP may name it
all-topics = all topics
practices-title = Practices named with the consent of their enti
nothing-in-common = no service in common on the same channel
no-such-group = no group published here
not-comparable-because = not comparable: { $reason }

coverage-enti = Enti counted
coverage-people = Inhabitants, comuni
count-carried = { $count } carried
count-refused = { $count } refused
count-not-understood = { $count } not understood
count-forked = { $count } forked
carried-in = { $n ->
    [one] with { $count } carried month
   *[other] with { $count } carried months
  }
restatement = restatement { $number }
transmissions-title = Who has transmitted
not-published = The national month is not published yet (DFP does so on day 20).
identical = Recomputed here from the summaries: identical to the one DFP signed.
not-identical = Recomputed here from the summaries: differs from the one DFP signed.

members-title = Members
digest = digest
link-itself = here
role-ente = ente
role-observer = observer
role-hub = hub
all-members = all members
pick-condition = What to look at
column-last-month = last month
column-publication = publication
column-day = day
column-counted = counted
condition-forked = forked
condition-revoked = key revoked
condition-over-quota = over quota
condition-silent = silent
condition-never = never heard
condition-late = late
condition-unusable = not counted
condition-behind = behind
condition-key = renew key
condition-owing = incomplete
condition-fine = in order
condition-left = left
condition-forked-why = Two signed entries with one number: only the part before counts. Hear the ente, then rule which one holds (faccina federation rule).
condition-revoked-why = DFP revoked the key: entries beyond the last recognised one do not count. Admit a new key when the ente sends it.
condition-over-quota-why = More entries than an ente may publish: those beyond do not count. Ask the ente: a program may repeat what it sends.
condition-silent-why = Several months in a row without a summary. Write to the office's mailbox and ask whether the node is on.
condition-never-why = Admitted, but no summary has ever come. Ask the ente whether its node is installed and connected.
condition-late-why = The summary that was due has not come yet. If the node is off, switching it on is enough: the close starts by itself.
condition-unusable-why = A summary came and does not count: the reason stands in National, at its month. The ente can correct it.
condition-behind-why = Connected, but it does not take what the others publish. Hear the ente: faccina doctor says whether its disk is full, its clock wrong or its program old.
condition-key-why = The transport key is to be renewed: the ente sends a new one, DFP puts it into the roster.
condition-owing-why = Something that the ente owes to the network is missing; the card lists it.
condition-fine-why = Nothing to do.
condition-left-why = The ente has left the network; its summaries stay.
short-days = { $n ->
    [one] { $count } d
   *[other] { $count } d
  }
short-hours = { $n ->
    [one] { $count } h
   *[other] { $count } h
  }
short-months = { $n ->
    [one] { $count } m
   *[other] { $count } m
  }
count-late = { $count } late
count-silent = { $count } silent
count-never = { $count } never heard
count-split = { $count } forked
count-over-quota = { $count } over quota
count-revoked = { $count } revoked
count-unusable = { $count } not counted
count-behind = { $count } behind
count-keys = { $n ->
    [one] { $count } key to renew
   *[other] { $count } keys to renew
  }
nothing-to-look-at = Nothing to look at: nobody is late and the feeds are in order.
no-member-here = No member passes the filters: Esc takes them away.
delivery-none = It transmits no summaries.
delivery-not-due = It owes no summary yet.
delivery-in-time = In time: { $last }, received on { $day }.
delivery-came-late = { $last }: received on { $day }, { $days ->
        [one] one day
       *[other] { $days } days
    } late.
delivery-unusable = The summary of { $due } came and does not count.
delivery-late = { $since } is missing, { $days ->
        [one] one day
       *[other] { $days } days
    } late; last month counted: { $last }.
delivery-silent = Silent since { $since }: { $months } months are missing, the first for { $days } days; last month counted: { $last }.
delivery-never = Never heard: { $months ->
        [one] one month is missing
       *[other] { $months } months are missing
    } since { $since }, due { $days ->
        [one] one day
       *[other] { $days } days
    } ago.
adhesion = adhesion
adhesion-of = { $reached } of { $target }
nobody-owes = nobody to remind
card-foot = Esc closes
card-foot-more = ↑↓ scroll
card-foot-reminder = e saves the reminder
card-state = What to look at
card-lacks = What is missing
card-months = Months
card-ties = Unioni and mergers
card-node = Node
card-reminder = Reminder, ready to send
card-itself = It is this node.
card-connected = Connected to this node now.
card-behind = Its copy of the feeds has not agreed with this node's for { $hours ->
    [one] an hour
   *[other] { $hours } hours
  }{ $root ->
    [0] .
    [one] : it lacks one root entry.
   *[other] : it lacks { $root } root entries.
  }
card-apart = Not connected to this node now; entries also come through others.
card-no-entries = No entry in its feed.
card-running = It runs version { $version } now.
card-closed = Last summary written with version { $version }, rules { $rules }.
card-key-unknown = Transport key: none in the roster.
reminder-to = To: { $mailbox }
reminder-subject = Subject: { $subject }
reminder-stem = faccina-reminder
tie-part-of = Part of: { $names }.
tie-entrusted = Services that the comuni hand over to it: { $services }.
tie-handed-over = Hands over to its Unione: { $services }; the votes are gathered there, nothing is missing here.
tie-follows = Took the place of: { $names }; earlier summaries stay under the old name.
tie-followed-by = In its place there is now: { $names }.
count-owing = { $n ->
    [one] one to remind
   *[other] { $count } to remind
  }
adhesion-enti = { $n ->
    [one] one ente
   *[other] { $count } enti
  }
adhesion-services = { $n ->
    [one] one service
   *[other] { $count } services
  }
card-entries = { $n ->
    [one] One entry
   *[other] { $count } entries
  } in the feed, the last of { $day }.
card-unusable = Summaries that do not count: refused { $refused }, with rules that this node does not know yet { $not-understood }.
card-key = Transport key valid until { $day }: { $days ->
    [0] it expires today
    [one] one day left
   *[other] { $days } days left
  }.
card-key-expired = Transport key expired on { $day }, { $days ->
    [one] one day
   *[other] { $days } days
  } ago.
tie-comuni = Unione of { $n ->
    [one] one comune
   *[other] { $count } comuni
  }: { $names }.
publications-title = Publications and restatements
first-publication = first publication
first-publication-why = The first publication of the month; it stays visible after restatements.
arrivals-title = Summaries received
arrivals-due = due by { $day }
no-arrivals = No summary that counts has come yet.
version-unknown = unknown

category-C5 = social security body
category-L4 = region
category-L5 = province
category-L6 = comune
category-L7 = health authority
category-L17 = university
category-L18 = union of comuni
category-L45 = metropolitan city

search = Search
search-keys = Enter keeps · Esc clears
pick-month = Month
pick-service = Service
pick-channel = Channel
pick-region = Region
pick-type = type to narrow down
pick-topic = Topic
pick-action = What to do
pick-export = Write this screen into a file
pick-foot = ↑↓ Enter · Esc

act-propose = Propose a twinning
act-accept = Accept the proposal
act-decline = Decline the proposal
act-withdraw = Withdraw the proposal
act-end = End the twinning
act-recommend = Give a recommendation
act-checklist = Fill in the self-assessment
act-outcome = Publish the outcome
act-availability = Declare availability as an expert
act-designate = Designate as an expert
act-revoke = Revoke the designation
act-consent = Consent to being named
act-retract-card = Withdraw the card
act-done = Done.
act-nothing = There is nothing to do here now.

form-propose = Propose a twinning to { $subject }
form-propose-what = The proposal goes to the other ente alone, signed; nobody else reads it. Only the agreement is published, if it accepts.
form-accept = Accept the proposal of { $subject }
form-accept-what = Both publish the agreement: who, services, topics, period. What was said stays between the two enti.
form-decline = Decline the proposal of { $subject }
form-decline-what = The answer goes to the other ente alone.
form-withdraw = Withdraw the proposal to { $subject }
form-withdraw-what = The proposal no longer holds, even if it has not been read yet.
form-end = End the twinning with { $subject }
form-end-what = The outcome can still be published afterwards.
form-recommend = Recommendation to { $subject }
form-recommend-what = Goes to the other ente alone. A practice card can show how it is done.
form-checklist = Self-assessment, shared with { $subject }
form-checklist-what = Describes your own ente, not the other. Arrows ← → for the level, then a note. A new one replaces the one before.
form-outcome = Outcome of the twinning with { $subject }
form-outcome-what = Everybody reads it: what was done and what was learnt.
form-availability = Availability as an expert administration
form-availability-what = All enti read it. Designating remains DFP's task.
form-designate = Designate { $subject } as an expert
form-designate-what = For practice in listening and availability, not for a percentage. Twelve months, unless something else is written.
form-revoke = Revoke the designation of { $subject }
form-revoke-what = The revocation is public, with its reason.
form-consent = Consent for the card “{ $subject }”
form-consent-what = With it DFP may name the ente for this practice. It can be taken back at any time.
form-retract-card = Withdraw the card “{ $subject }”
form-retract-card-what = The card leaves the library. Whoever has read it may have a copy.
form-foot = Tab field · Enter on · Esc leave
form-foot-confirm = y yes · n no
form-foot-confirm-more = { $position } · ↑↓ scroll · y yes · n no
form-foot-sending = please wait
confirm-publish = Publish? y/n
confirm-send = Send? y/n
sending = Sending to the node…
nothing-said = –
twelve-months = twelve months from today
none-chosen = none chosen
nothing-to-choose = nothing to choose

field-ente = ente
field-twinning = twinning
field-services = services
field-services-hint = ← → moves, space takes. None taken: all common ones.
field-topics = topics
field-topics-hint = With commas: “queues at the counter, welcome”.
field-from = from month
field-from-hint = mm/yyyy
field-to = to month
field-to-hint = mm/yyyy, included
field-text = text
field-text-hint = In plain words, without names of persons.
field-service = service
field-service-hint = ← → changes
field-card = card
field-card-hint = Optional, like c_h361/3
field-cards = cards
field-cards-hint = Optional, with commas: c_h361/3, c_a944/1
field-result = result
field-result-hint = ← → changes
field-available = available
field-available-hint = ← → changes
field-areas = areas
field-areas-hint = ← → moves, space takes
field-note = note
field-note-hint = Optional: when, how, how much time.
field-area = area
field-area-hint = ← → changes
field-reason = why
field-reason-hint = Everybody reads it.
field-valid-to = until
field-valid-to-hint = dd/mm/yyyy or yyyy-mm-dd; empty: twelve months from today
field-consents = consent
field-consents-hint = ← → changes
field-item = item
field-item-hint = ← → level, then a note
field-period = period

problem-empty = This field is needed.
problem-nothing-to-choose = There is nothing to choose from here.
problem-month = A month is written mm/yyyy, for instance 04/2026.
problem-day = A day is written dd/mm/yyyy or yyyy-mm-dd, for instance 2026-12-31.
problem-card = A card is written as the code of its ente, a slash and its number: c_h361/3.
problem-full = The field is full: what does not fit was left out.
problem-topic = A topic is too long: a few words are enough, with a comma between topics.
problem-topics = There are too many topics: at most 16.
problem-cards = There are too many cards: at most 16.
problem-period = The period ends before it begins.
problem-no-answers = Answer at least one item.
problem-node = The node says no: { $reason }
problem-away = The node is away: nothing was sent. The text stays here.
problem-unanswered = The node went away before it answered: perhaps it is done, perhaps not. Look at the list before trying again. The text stays here.

export-csv = CSV, for spreadsheets
export-json = JSON, for programs
export-md = Markdown, to read
export-written = Written to { $path }
export-failed = Not written: { $reason }
export-nothing = There is nothing to write yet.

sheet-source = summaries signed by the enti, read from the node of { $name } ({ $code }); federation { $federation }, Faccina { $version }
sheet-intervals = 95%: Wilson for percentages, Newcombe for differences, Mantel-Haenszel (Sato) for differences over the same services, posterior for estimates
sheet-distance-means = Gower distance from 0 to 1: kind, inhabitants, services, channels, territory; no result
sheet-notable-means = at least 600 votes and 9 months, fewer reds than the 99.8% limit, 90% probability of being in the best quarter, three quarters out of four; shown beside the designation, never instead of it
sheet-order-estimate = estimate (empirical Bayes), without places
sheet-fact-source = source
sheet-fact-day = read on
sheet-fact-state = state
sheet-fact-period = period
sheet-fact-indicator = indicator
sheet-fact-intervals = intervals
sheet-fact-order = order
sheet-fact-rho = overdispersion ρ
sheet-fact-distance = distance
sheet-fact-notable = notable result
sheet-fact-edition = edition
sheet-fact-carried = with the votes carried from
sheet-code = IPA code
sheet-ente = ente
sheet-category = kind
sheet-region = region
sheet-population = inhabitants
sheet-state = state
sheet-months = months
sheet-month = month
sheet-n = n
sheet-green-votes = green
sheet-yellow-votes = yellow
sheet-red-votes = red
sheet-green = green %
sheet-green-low = green from %
sheet-green-high = green to %
sheet-yellow = yellow %
sheet-yellow-low = yellow from %
sheet-yellow-high = yellow to %
sheet-red = red %
sheet-red-low = red from %
sheet-red-high = red to %
sheet-own-target = expected with its services %
sheet-adjusted = for the same services %
sheet-adjusted-low = same services from %
sheet-adjusted-high = same services to %
sheet-estimate = estimate %
sheet-estimate-low = estimate from %
sheet-estimate-high = estimate to %
sheet-peers = among peers
sheet-share = share %
sheet-low = from %
sheet-high = to %
sheet-network = network %
sheet-network-low = network from %
sheet-network-high = network to %
sheet-service = service
sheet-channel = channel
sheet-served = users served
sheet-distance = distance
sheet-reasons = why
sheet-mailbox = mailbox
sheet-areas = areas
sheet-reason = why
sheet-valid-to = until
sheet-available = available
sheet-topics = topics
sheet-notable = notable result
sheet-cards = cards
sheet-twinnings = twinnings
sheet-id = name
sheet-learner = learner
sheet-expert = expert
sheet-services = services
sheet-period = period
sheet-day = day
sheet-a-n = n A
sheet-a-share = A %
sheet-a-low = A from %
sheet-a-high = A to %
sheet-b-n = n B
sheet-b-share = B %
sheet-b-low = B from %
sheet-b-high = B to %
sheet-difference = A − B, points
sheet-difference-low = from
sheet-difference-high = to
sheet-why-not = why not comparable
sheet-strata = groups
sheet-crude = crude difference, points
sheet-odds-ratio = odds ratio
sheet-breslow-day = Breslow-Day p
sheet-meaning = meaning
sheet-card = card
sheet-title = title
sheet-part = part
sheet-total = total
sheet-role = role
sheet-entries = entries
sheet-head-id = head
sheet-last-entry = last entry
sheet-key-until = key until
sheet-key-life = key, life used %
sheet-version = version
sheet-condition = to look at
sheet-last-month = last month
sheet-late-days = days late
sheet-lacks = what is missing
sheet-ties = unioni and mergers
beyond-inside = like others
beyond-low-95 = low (beyond 95%)
beyond-high-95 = high (beyond 95%)
beyond-low-998 = low (beyond 99.8%)
beyond-high-998 = high (beyond 99.8%)

keys-my-ente = ? help | q quit | ←→ list | ↑↓ scroll | a actions | e export | l italiano
keys-comparison = ? help | q quit | / search | o order | f funnel | Enter sheet | w period | i ▲▼ | m month | v beside | e export | s c r filters | l italiano
keys-neighbours = ? help | q quit | ↑↓ choose | Enter compare | v side by side | m month | e export | l italiano
keys-experts = ? help | q quit | p propose | a actions | v side by side | Enter compare | e export | l italiano
keys-twinning = ? help | q quit | ←→ parts | a actions | w period | i ▲▼ | m month | e export | l italiano
keys-cards = ? help | q quit | / search | s service | t topic | Enter read | a actions | e export | l italiano
keys-national = ? help | q quit | ←→ list | m month | ↑↓ scroll | e export | l italiano
keys-network = ? help | q quit | / search | s state | Enter card | e export | l italiano

help-title = Help: { $screen }
help-foot = Esc closes
help-foot-more = ↑↓ scrolls · Esc closes
help-my-ente =
    Your own ente: the open ballot box, the last closed month, the commitments.
    votes today | Received and durable today. Rises in fives, so that a single vote never points at who has just left.
    open ballot box | Faces by service and branch, in groups of at least five and not before the half-day ends. Only here: it never leaves the ente.
    services, channels | The last closed month, as published. "Other services" joins services with too few votes: nothing is hidden, the total is exact.
    carried | Fewer than five votes in all: they pass to the next month and are named there.
    reasons | One of four, after red; below five reds they are published together with others. Who gives none still counts as red.
    served | Users served, where the ente reports them; else "unknown", never zero.
    terminals | The active ones; silent for more than three and a half minutes within their hours; with a clock more than two minutes wrong. Listening: in how much of the opening hours of the open month a vote could be cast.
    to be verified | The votes of a service do not look like those of people just served. It is an invitation to look: it accuses nobody, never says which terminal, takes no vote away. It changes only when a half-day ends and goes with the close. The tests are those of statistics 6.3, with room for rush hours, families and children.
    outside hours | At least one vote while the office was closed; whoever is served last has a quarter of an hour more.
    more than served | Once the month is over, more votes than users served, where all were counted.
    close together | Five or more votes less than 5 seconds after the one before, and so many that chance gives them less than once in 10,000 (Poisson tail).
    in a minute | Four or more votes in 60 seconds beyond a family of three, once or again and again, at the same threshold (union bound on the Poisson tail).
    end of hours | In the last half-hour, or in the last two days of the month, more votes than an hour twice as busy gives (binomial tail, 1 in 10,000).
    fast greens | Votes close together are greener than the service's others (Fisher's exact test, less than 1 in 100); only beside another sign.
    participation | Once the month is over, votes for each user served far beyond those of the months before (more than 4 deviations).
    refused votes | Refused for good at the terminals, with the reason. Numbers only as "fewer than 5" or multiples of five. After a restart of the node they are known only of terminals heard since.
    commitments | Survey plan published, month surveyed, results published on the site.
    a, actions | Declare whether you are available as an expert administration.
help-comparison =
    All enti, the funnel they stand in, and what the place of each means. This is no league table.
    among peers | Whether the result is unusual given how much enti differ among themselves: ↑ ↓ beyond the 95% limit, ↑↑ ↓↓ beyond the 99.8% one. Beta-binomial tails at the ente's expected value (statistics 1.4).
    from the network | Whether it differs from the network's value by more than chance: exact binomial tails (statistics 1.3). The two sentences may differ, and both are needed.
    funnel, f | One point per ente: more votes to the right, a larger share upwards. Outside the solid lines: unusual among peers. Outside the dashed ones: more than chance.
    same services | The share that the network would have with the ente's services and channels is its expected value; drawn is network × observed / expected (indirect standardisation, statistics 1.7). Compare two enti with each other in Twinning, not here.
    ρ | How much enti differ beyond chance: the robust Paule-Mandel estimator, or moments where few enti have enough votes; below ten enti no adjustment (statistics 1.4).
    n | Votes published under the chosen filters. A percentage without n says nothing.
    in brackets | Wilson 95% interval: where the percentage may lie, given n (statistics 1.2).
    estimate, o | The order by value uses the empirical Bayes estimate with its interval: few votes weigh little (statistics 1.5). There are no places, because they would not be true.
    likeness | 100% less the Gower distance from this ente, without any result (statistics 3.2).
    w, i | One month or twelve; green or red.
    / s c r | Searches by name; filters by service, channel, region. Esc takes the filters away.
    Enter | The sheet of the selected ente: words, month by month, notable result; Enter again: services and channels. ↑ ↓ go to the next ente.
    v | Puts the selected ente beside your own, in Twinning.
    channels | Do not compare channels as quality: voting is free, and participation differs by channel.
    ◆ ★ | Your own ente; an expert administration designated by DFP.
help-neighbours =
    The fifteen enti most similar by what they are, never by their results.
    likeness | 100% less the Gower distance over kind, inhabitants, services, channels of the votes, region (statistics 3.2). Every node obtains the same numbers.
    why | The parts of the distance that weigh most, in words.
    n, green | Votes of twelve months and the share with Wilson's 95% interval. They stand beside for information: they do not choose who is similar.
    Enter | Shows the ente in Comparison.
    v | Puts it beside your own, in Twinning.
help-experts =
    The administrations that DFP designated as experts in listening.
    designated | By DFP, for practice and availability, not for a percentage: small comuni can be experts too. For twelve months, with its reason.
    available? | Declared by the ente, with the topics on which it can help.
    notable result | Written beside the designation, never instead of it. Four proofs are needed together (statistics 3.3):
    V, votes | At least 600 votes in twelve months in the area, and at least nine months published.
    A, difference | Fewer reds than the exact 99.8% limit of its own expected value.
    B, among the best | Probability of at least 90% of being in the network's best quarter.
    C, persistence | Three of the last four quarters beyond the 95% limit.
    likeness | 100% less the Gower distance from this ente (statistics 3.2).
    p | Proposes a twinning to the selected expert.
    a, actions | For an ente: declare availability. For DFP: designate and revoke.
    v | Puts it beside your own ente, in Twinning.
help-twinning =
    The twinnings: what was said, and the two enti side by side.
    states | Proposed, accepted (one of the two entries is missing), running, ended; or declined, withdrawn.
    messages | Go from node to node, signed, and enter no feed: only the two enti read them. "Waiting" while the other node is off.
    public | Only the agreement and the outcome: who, services, topics, period, result.
    side by side | The same service on the same channel, A on the left and B on the right.
    same services | Mantel-Haenszel difference over all groups that both have, with Sato's 95% interval (statistics 1.7). The crude one mixes different services, and may say the opposite.
    A − B, points | Difference in the group, with Newcombe's 95% interval (statistics 1.2). If it contains zero, the votes do not suffice to tell a difference.
    differs by service | If the Breslow-Day test gives p below 0.05 the difference is not the same everywhere: look at the groups.
    not comparable | The group is missing on one side, is "other services", or has too few votes: the reason is written, nothing is made up.
    a, actions | Only what can be done now: accept, decline, withdraw, recommend, assess yourself, end, publish the outcome.
    ← → | Twinnings, messages, side by side.
help-cards =
    The library of practice cards that enti publish.
    / s t | Searches in title, text, topics and the name of the ente; filters by service and topic.
    Enter | Reads the card; ← goes back to the list.
    card | The name of a card is the code of its ente and a number, like c_h361/3.
    mailbox | The quality office of the ente that wrote it.
    a, actions | On your own cards: let DFP name the ente, or withdraw the card.
    writing one | On the server: faccina card publish; the text is Markdown, without HTML.
help-national =
    The national month: only sums, with their coverage. No ente ever appears alone.
    enti counted | Summaries counted out of those due for the month; carried ones count as transmitted.
    inhabitants | Inhabitants of the comuni counted out of those of the comuni due.
    who transmitted | First who is late or refused. The summary is due on day 11 of the next month.
    percentages | The votes of all added up, then divided: never means of percentages.
    recomputed | This node does the sum again from the summaries alone and compares it with the one DFP signed.
    restatement | A later publication of the same month, because more summaries arrived.
    publications | With →: every publication stays, with its day and what changed since the one before.
    received | How many summaries had come by the end of each day, of those due.
    practices | Named only with the written consent of their enti.
help-network =
    The members of the network and what this node knows of them.
    state | First who needs attention, then by name; never by result. Late: the last month is missing. Silent: two or more in a row are.
    forked | It signed two entries with one number: DFP rules. Over quota: it published more than is allowed.
    s, / | Shows one state only; looks for a name. Esc takes the filters away.
    Enter | The card: what to look at, what is missing, Unione and mergers, node and key; for DFP also the reminder, ready (e saves it).
    adhesion | Enti admitted and services in their plans, of the catalogue's targets. A service counts once for each ente.
    entries | How many entries of the feed this node holds and accepts.
    digest | Equal on two nodes if and only if they hold the same feeds.
    link | Whether this node and the other are connected now. Not all need to be.
    key | How much of the transport key's life is over; from 70 % on it should be renewed.
help-everywhere =
    Everywhere
    1–8, Tab | Change the screen; ← → changes the list where there are several.
    ↑ ↓ PgUp PgDn | Scroll; Home and End go to the ends.
    a | What can be done here; before anything is sent or published a confirmation is asked.
    e | Writes what is seen into a CSV, JSON or Markdown file, with source, period and filters.
    Esc | Goes back one step.
    l | Italian or English.
    q | Quit.
