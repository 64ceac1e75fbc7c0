# Texts of the screens. `n` chooses the plural, `count` is the number as written.

screen-my-ente = My ente
screen-comparison = Comparison
screen-twinning = Twinning
screen-national = National
screen-network = Network

yes = yes
no = no
unknown = unknown
loading = refreshing…
demo = demonstration
other-services = other services
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
column-a-green = ▲ green A
column-b-n = n B
column-b-green = ▲ green B
column-difference = A − B, points
column-role = role
column-link = link
column-feed = feed
column-entries = ent.
column-last-entry = last
column-key = key
column-key-until = ends on
column-head-id = head
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
newest-month = the newest month
order-name = by name
order-region = by region
order-size = by inhabitants
order-votes = by number of votes
nothing-matches = nothing matches the filters
services-label = services:
is-expert = expert administration

summary-counted = transmitted
summary-carried = carried
summary-refused = refused
summary-not-understood = not understood
summary-forked = forked
summary-missing = late
summary-not-due = not due

experts-title = Expert administrations designated by DFP
no-experts = DFP has designated no expert administration yet.
expert-areas = areas
expert-reason = why
expert-mailbox = mailbox
expert-until = until
available-yes = available
available-no = not available
available-unknown = availability unknown
pair-title = Side by side, { $month }
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
feed-ok = in order
feed-forked = forked
feed-over-quota = over quota
feed-revoked = revoked
feed-left = left
feed-ok-why = The feed is whole and verified.
feed-forked-why = Two signed entries with one number: only what stands before counts, until DFP rules.
feed-over-quota-why = More entries than an ente may publish: those beyond do not count.
feed-revoked-why = DFP revoked the key: entries beyond the last that counts are left out.
feed-left-why = The ente left the network; its summaries stay.
key-until = transport key until { $day } · { $head } entries · version { $version }

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
pick-foot = ↑↓ Enter · Esc

keys-my-ente = ? help | q quit | ←→ list | ↑↓ scroll | l italiano
keys-comparison = ? help | q quit | / search | o order | m month | s service | c channel | r region | ↑↓ scroll | l italiano
keys-twinning = ? help | q quit | ↑↓ choose | Enter side by side | Esc back | m month | l italiano
keys-national = ? help | q quit | ←→ list | m month | ↑↓ scroll | l italiano
keys-network = ? help | q quit | ↑↓ scroll | l italiano

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
    commitments | Survey plan published, month surveyed, results published on the site.
help-comparison =
    All enti in the chosen month. The order never depends on a result: this is no league table.
    n | Votes published under the chosen filters. A percentage without n says nothing.
    in brackets | Wilson 95 % interval: where the percentage may lie, given n. More votes, narrower interval.
    colours | Green ▲, yellow ■, red ▼: the shape says the same as the colour.
    channels | Do not compare channels as quality: voting is free, and participation differs by channel.
    state | Transmitted, carried to the next month, late, refused (with the reason), forked, not due.
    ★ | Expert administration designated by DFP.
help-twinning =
    The administrations that DFP designated as experts in listening, and the comparison with one of them.
    designation | For practice and availability, not for a percentage: small comuni can be experts too.
    side by side | The same service on the same channel, A on the left and B on the right.
    A − B, points | Difference between the green percentages in points, with Newcombe's 95 % interval. If the interval contains zero, the votes do not suffice to tell a difference.
    not comparable | The group is missing on one side, is "other services", or has too few votes: the reason is written.
    mailbox | The mailbox of the expert's quality office: a twinning starts there.
help-national =
    The national month: only sums, with their coverage. No ente ever appears alone.
    enti counted | Summaries counted out of those due for the month; carried ones count as transmitted.
    inhabitants | Inhabitants of the comuni counted out of those of the comuni due.
    who transmitted | First who is late or refused. The summary is due on day 11 of the next month.
    percentages | The votes of all added up, then divided: never means of percentages.
    recomputed | This node does the sum again from the summaries alone and compares it with the one DFP signed.
    restatement | A later publication of the same month, because more summaries arrived.
help-network =
    The members of the network and what this node knows of them.
    feed | Each member's signed log: in order, forked, over quota, revoked.
    entries | How many entries of the feed this node holds and accepts.
    digest | Equal on two nodes if and only if they hold the same feeds.
    link | Whether this node and the other are connected now. Not all need to be.
    key | How much of the transport key's life is over; from 70 % on it should be renewed.
help-everywhere =
    Everywhere
    1–5, Tab | Change the screen; ← → changes the list where there are two.
    ↑ ↓ PgUp PgDn | Scroll; Home and End go to the ends.
    l | Italian or English.
    q | Quit.
