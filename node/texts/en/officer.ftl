# What the officers' screens say. Plain words; no ranking; a number never stands without what it counts.

# My ente
my-ente-first = No month is closed yet: the first one, { $month }, closes on the 11th of the next month.
my-ente-month = { $month }: { $n ->
        [one] one vote
       *[other] { $n } votes
    }, { $green } green.
my-ente-month-carried = { $month }: few votes, carried to the next month.
my-ente-refused = The summary of { $month } was refused: { $reason }.
my-ente-not-understood = The summary of { $month } follows rules that this version does not know: update the software.
my-ente-late = The summary of { $month } is missing: it was due by { $day }.
my-ente-forked = The ente’s feed holds two versions of one entry: contact the Department.
my-ente-missed = { $headline } Commitment not met: { $commitment }
my-ente-due = { $headline } To do: { $commitment }

# The commitments
plan-met = The survey plan is published.
plan-due = Publish the survey plan by { $day }.
plan-missed = The survey plan was to be published by { $day }.
survey-met = The data of { $month } are transmitted.
survey-due = Transmit the data of { $month } by { $day }.
survey-missed = The data of { $month } were to be transmitted by { $day }.
publication-met = The results of { $month } are published on the ente’s site.
publication-due = Publish the results of { $month } on the ente’s site by { $day }.
publication-missed = The results of { $month } were to be published on the ente’s site by { $day }.

# How a month stands
state-carried = few votes, carried to the next month
state-refused = summary refused: { $reason }
state-not-understood = summary of a newer version: update the software
state-forked = the ente’s feed holds two versions of one entry
state-gap = the ente declares that it surveyed nothing
state-missing = not here yet, it was due by { $day }
state-waiting = due by { $day }
state-not-due = not expected for this month

# Comparison
comparison-none = { $window ->
        [twelve] Twelve months up to { $month }
       *[month] { $month }
    }: no ente has data yet.
comparison-rows = { $window ->
        [twelve] Twelve months up to { $month }
       *[month] { $month }
    }: { $counted ->
        [one] one ente with data
       *[other] { $counted } enti with data
    } of { $expected }, { $n ->
        [one] one vote
       *[other] { $n } votes
    }. Channels reach different people: they are not compared with each other.

# One ente in the network
place-none = No votes published on these services and channels: there is nothing to compare.
place-peers-within = Not unusual among peers: { $share } { $face ->
        [red] reds
       *[green] greens
    }, as may happen to enti with the same services and channels (expected { $target }).
place-peers-above = Unusual among peers: { $share } { $face ->
        [red] reds
       *[green] greens
    }, more than is usually seen with the same services and channels (expected { $target }).
place-peers-below = Unusual among peers: { $share } { $face ->
        [red] reds
       *[green] greens
    }, less than is usually seen with the same services and channels (expected { $target }).
place-peers-far-above = Very unusual among peers: { $share } { $face ->
        [red] reds
       *[green] greens
    }, much more than is usually seen with the same services and channels (expected { $target }).
place-peers-far-below = Very unusual among peers: { $share } { $face ->
        [red] reds
       *[green] greens
    }, much less than is usually seen with the same services and channels (expected { $target }).
place-plain-within = Not different from the network: the distance from { $target }, the network’s value with the same services and channels, may be chance.
place-plain-above = Different from the network: more { $face ->
        [red] reds
       *[green] greens
    } than { $target }, the network’s value with the same services and channels; chance alone hardly explains it.
place-plain-below = Different from the network: fewer { $face ->
        [red] reds
       *[green] greens
    } than { $target }, the network’s value with the same services and channels; chance alone hardly explains it.
place-plain-far-above = Different from the network: more { $face ->
        [red] reds
       *[green] greens
    } than { $target }, the network’s value with the same services and channels; chance alone does not explain it.
place-plain-far-below = Different from the network: fewer { $face ->
        [red] reds
       *[green] greens
    } than { $target }, the network’s value with the same services and channels; chance alone does not explain it.
caveat-few-votes = Take care: { $n ->
        [one] one vote is little
       *[other] { $n } votes are few
    }, the share may change much from month to month.
caveat-few-enti = Take care: { $enti ->
        [0] no ente has data
        [one] one ente has data
       *[other] { $enti } enti have data
    }, too few to know how much peers differ from each other.
caveat-participation = { $share } of the people served have voted: those who did not may think otherwise.
caveat-participation-unknown = How many of the people served have voted is not known: the ente does not publish how many it serves.

# Notable result
evidence-notable = Notable result: { $n } votes in twelve months, fewer reds than chance explains, in the best quarter of the network with probability { $best }, and so in { $quarters } quarters out of four.
evidence-few-votes = Too few data to say: { $n ->
        [0] no vote
        [one] one vote
       *[other] { $n } votes
    } in { $months ->
        [one] one month
       *[other] { $months } months
    }; at least { $least } in { $least-months } months are needed.
evidence-not-beyond = No notable result: the reds are not fewer than chance explains.
evidence-not-best = No notable result: in the best quarter of the network with probability { $best }, less than 90 %.
evidence-not-lasting = No notable result: fewer reds than expected in { $quarters ->
        [0] no quarter
        [one] one quarter
       *[other] { $quarters } quarters
    } out of four, three are needed.

# Neighbours
neighbours = { $n ->
        [0] No ente can be called similar to { $name } yet.
        [one] The ente most like { $name }, by what it is and not by its results.
       *[other] The { $n } enti most like { $name }, by what they are and not by their results.
    }
like-other-kind = another kind of ente
like-population = { $theirs } inhabitants against { $ours }
like-same-services = { $n ->
        [one] the same service
       *[other] the same { $n } services
    }
like-services = { $n ->
        [0] no service in common
        [one] one service in common out of { $either }
       *[other] { $n } services in common out of { $either }
    }
like-channel = more votes from the channel { $channel }: { $theirs } against { $ours }
like-channel-less = fewer votes from the channel { $channel }: { $theirs } against { $ours }
like-same-channels = votes from the same channels
like-same-region = same region
like-same-part = regions nearby
like-other-part = another part of Italy

# Twinning
experts-none = The Department has not designated any expert administration yet.
experts-some = { $n ->
        [one] One expert administration
       *[other] { $n } expert administrations
    } designated by the Department; { $available ->
        [0] none has said that it is available
        [one] one has said that it is available
       *[other] { $available } have said that they are available
    }.
pair-month-missing = { $window ->
        [twelve] Twelve months up to { $month }
       *[month] { $month }
    }: { $name } has no data that count.
pair-none = { $window ->
        [twelve] Twelve months up to { $month }
       *[month] { $month }
    }: no service can be compared between { $left } and { $right }.
pair-some = { $window ->
        [twelve] Twelve months up to { $month }
       *[month] { $month }
    }: { $n ->
        [one] one service can be compared
       *[other] { $n } services can be compared
    }; { $beyond ->
        [0] no difference goes beyond uncertainty
        [one] one difference goes beyond uncertainty
       *[other] { $beyond } differences go beyond uncertainty
    }.
pooled-more = { $scope ->
        [channel] Over the same services on the channel { $channel }
       *[all] Over the same services and channels
    } { $left } has more { $face ->
        [red] reds
       *[green] greens
    } than { $right }: { $points } percentage points more, with an uncertainty from { $low } to { $high }.
pooled-fewer = { $scope ->
        [channel] Over the same services on the channel { $channel }
       *[all] Over the same services and channels
    } { $left } has fewer { $face ->
        [red] reds
       *[green] greens
    } than { $right }: { $points } percentage points fewer, with an uncertainty from { $low } to { $high }.
pooled-level = { $scope ->
        [channel] Over the same services on the channel { $channel }
       *[all] Over the same services and channels
    } no difference in { $face ->
        [red] reds
       *[green] greens
    } shows between { $left } and { $right }: { $points } percentage points, with an uncertainty from { $low } to { $high }.
pooled-reversed = The totals would say the opposite ({ $crude } points), but only because the two enti collect votes on services and channels in other proportions.
pooled-varies = The difference is not the same everywhere: look at the rows one by one.
no-group = { $name } does not publish this service on this channel
altri = the other services are not the same in the two enti
too-few = { $name } has { $n ->
        [0] no vote
        [one] only one vote
       *[other] only { $n } votes
    }: at least { $min } are needed

# National
national-unpublished = { $month }: the Department has not published the month yet; so far { $counted ->
        [0] no ente has transmitted
        [one] one ente has transmitted
       *[other] { $counted } enti have transmitted
    } of { $expected }.
national-empty = No national month has been published yet.
national-published = { $month }: { $counted ->
        [0] no ente has transmitted
        [one] one ente has transmitted
       *[other] { $counted } enti have transmitted
    } of { $expected }; { $n ->
        [one] one vote
       *[other] { $n } votes
    }, { $green } green.
national-published-no-votes = { $month }: { $counted ->
        [0] no ente has transmitted
        [one] one ente has transmitted
       *[other] { $counted } enti have transmitted
    } of { $expected }, no votes published yet.
verdict-identical = This node computed the month again from the summaries: it is identical to the one the Department signed.
verdict-differs = This node computed the month again from the summaries: it differs ({ $part }). Tell the Department.
verdict-impossible = This node cannot compute the month again: { $reason }.
verdict-not-understood = The month follows rules that this version does not know: update the software.
part-coverage = the coverage
part-total = the total
part-cells = the votes by service and channel
part-reasons = the reasons
part-carried = the carried months
part-month = the month
as-of-malformed = the list of counted entries cannot be read
as-of-not-held = entry { $sequence } of { $author } is missing
as-of-other = entry { $sequence } of { $author } is not the one the Department counted
as-of-others = some entries are not those the Department counted
as-of-fork = the feed of { $author } holds two versions of entry { $sequence }
as-of-fork-unproven = the proof of two versions in the feed of { $author } is missing
restated-coverage = Entities counted: from { $counted_before } of { $expected_before } to { $counted_after } of { $expected_after }.
restated-coverage-detail = Details of the coverage changed; as many entities are counted as before.
restated-total = Votes: from { $before } to { $after } (green from { $green_before } to { $green_after }, red from { $red_before } to { $red_after }).
restated-cells = { $n ->
        [one] One row by service and channel changed.
       *[other] { $n } rows by service and channel changed.
    }
restated-reasons = The reasons of red votes changed.
restated-carried = Months carried into this one: from { $before } to { $after }.

# Network
network-alone = { $members ->
        [one] One member
       *[other] { $members } members
    }; this node is connected to nobody.
network-behind = This node is behind the national month { $month }: entries of { $feeds ->
        [one] one member
       *[other] { $feeds } members
    } are missing. The nodes it is connected to may be keeping them back: connect to others, or import a bundle you trust.
network-behind-root = This node is behind the national month { $month }: entries of the roster are missing, and so perhaps whole members. The nodes it is connected to may be keeping them back: connect to others, or import a bundle you trust.
network-fine = { $members ->
        [one] One member
       *[other] { $members } members
    }, { $connected ->
        [one] one connected
       *[other] { $connected } connected
    } to this node; no trouble in the feeds.
network-troubled = { $members ->
        [one] One member
       *[other] { $members } members
    }, { $connected ->
        [one] one connected
       *[other] { $connected } connected
    } to this node; to look at: { $names }.
network-keys = { $members ->
        [one] One member
       *[other] { $members } members
    }, { $connected ->
        [one] one connected
       *[other] { $connected } connected
    } to this node; keys to renew: { $names }.

# Warnings on top of every screen
warning-left = The ente left the network on { $day }.
warning-key-unknown = The keys of the node are not in the roster yet: the node waits for DFP.
warning-key-revoked = DFP has revoked the key of the node: what it publishes does not count. Let IT call DFP.
warning-key-followed = The node runs with another key than the roster's: let IT see `faccina status`.
warning-key-waits = The new key of the node waits for DFP; meanwhile the former one holds.
warning-key-restart = The new key of the node is in the roster: restart the node to use it.
warning-key-ageing = The key of the node expires on { $day }: renew it (faccina keys renew).
warning-key-expired = The key of the node expired on { $day }: renew it at once (faccina keys renew).

# Why a summary does not count (the closed list of checks)
refusal-malformed = it cannot be read ({ $first })
refusal-month-not-over = it was published on { $second }, before the month { $first } was over
refusal-before-admission = its month { $first } is before the ente’s first month, { $second }
refusal-already-published = the month { $first } is already published: only a correction may follow
refusal-gap = the months from { $first } to { $second } are not declared as a gap
refusal-catalogue-version = it names catalogue version { $first }, that of the month is { $second }
refusal-parameters = its parameters are not those of the catalogue
refusal-key-order = the group { $group } stands twice or out of order
refusal-unknown-service = the service of the group { $group } is not in the catalogue
refusal-unknown-channel = the channel of the group { $group } is not in the catalogue
refusal-group-too-small = the group { $group } has { $first } votes, at least { $second } are needed
refusal-group-telling = the group { $group } has { $first } reds of { $second } votes: its voters’ opinion could be told
refusal-own-reasons-too-few = the group { $group } publishes reasons of { $first } reds, at least { $second } are needed
refusal-own-reasons-beyond-reds = the group { $group } has { $first } reasons for { $second } reds
refusal-pool-group = the pool of reasons wrongly names the group { $group }
refusal-pool-too-small = the pool publishes reasons of { $first } reds, at least { $second } are needed
refusal-pool-beyond-reds = the pool has { $first } reasons for { $second } reds
refusal-carried-reds = it states { $first } reds of earlier months, but those months left { $second } without reasons
refusal-carried-month = it names the month { $first }, which left no reds without reasons
refusal-carried-from = the carried months it states are not those directly before it
refusal-nothing-to-correct = it corrects the month { $first }, which is not published
refusal-already-corrected = the month { $first } was corrected once already
refusal-correction-too-small = the correction changes the group { $group } by { $first } votes: it must be none or at least { $second }
refusal-carryover-changed = the correction changes what the month { $first } carries in or out

# Why a vote was refused at the terminals
vote-refused-envelope = vote that cannot be read: update the terminal’s software
vote-refused-terminal-unknown = terminal not enrolled at this ente
vote-refused-terminal-revoked = terminal revoked
vote-refused-signature = signature does not hold
vote-refused-malformed = vote that cannot be read: update the terminal’s software
vote-refused-not-canonical = vote not written by the rules: update the terminal’s software
vote-refused-not-the-signer = vote signed by another terminal
vote-refused-other-ente = vote for another ente
vote-refused-service = service that the terminal does not collect
vote-refused-channel = another channel than the terminal’s
vote-refused-branch = another branch than the terminal’s
vote-refused-invite-missing = vote without an invite, where one is needed
vote-refused-not-attended = vote not opened by staff, where that is needed
vote-refused-attended-elsewhere = vote opened by staff, where nobody attends
vote-refused-invite-unknown = invite not known: mistyped or never given out
vote-refused-invite-spent = invite already used
vote-refused-invite-expired = invite expired
vote-refused-invite-not-yet-valid = invite not yet valid: check the terminal’s clock
vote-refused-invite-for-another = invite for another service, channel or branch
vote-refused-day-outside-month = day outside the month: check the terminal’s clock
vote-refused-month-ahead = month ahead: check the terminal’s clock
vote-refused-too-late = vote that came too long after the end of its month
vote-refused-other = another reason

# Why the node publishes nothing, until somebody decides.
stopped-behind = The node does not publish: other nodes hold entries of it that are missing here, because its data went back to an older state. Whoever runs the node must decide (faccina adopt).
stopped-foreign = The node does not publish: somebody else signs with its key. Tell the Department at once.
stopped-copy = The node does not publish: a copy of it runs elsewhere. Switch one off: the other goes on by itself after five minutes.
stopped-asking = The node was restored and asks the others what it had published: for now votes wait on the terminals.
