# Testi delle schermate. `n` sceglie il plurale, `count` è il numero già scritto.

screen-my-ente = Il mio ente
screen-comparison = Confronto
screen-neighbours = Simili
screen-experts = Esperte
screen-twinning = Gemellaggio
screen-cards = Buone pratiche
screen-national = Nazionale
screen-network = Rete
tab-my-ente = Ente
tab-comparison = Confronto
tab-neighbours = Simili
tab-experts = Esperte
tab-twinning = Gemellaggio
tab-cards = Pratiche
tab-national = Italia
tab-network = Rete

yes = sì
no = no
unknown = non noto
loading = aggiorno…
demo = dimostrazione
other-services = altri servizi
several-channels = più canali
waiting-for-node = In attesa del nodo…
refused-by-node = Il nodo non può rispondere: { $reason }
too-small = Lo schermo ha { $columns } colonne e { $rows } righe: ne servono almeno { $columns-min } e { $rows-min }. Ingrandire la finestra.

link-connecting = mi collego
link-up = collegato
link-lost = nodo assente
lost-unreachable = Il nodo non risponde da { $seconds } s ({ $reason }): riprovo da solo.
lost-token = Il nodo non accetta il token ({ $reason }): chiederne uno nuovo a chi lo amministra.
lost-file = { $reason }
old = Dati vecchi.
old-refreshing = Dati vecchi: il nodo è tornato, aggiorno…

month-year = { $month ->
    [1] gennaio
    [2] febbraio
    [3] marzo
    [4] aprile
    [5] maggio
    [6] giugno
    [7] luglio
    [8] agosto
    [9] settembre
    [10] ottobre
    [11] novembre
   *[12] dicembre
  } { $year }

n-votes = { $n ->
    [one] { $count } voto
   *[other] { $count } voti
  }
n-enti = { $n ->
    [one] { $count } ente
   *[other] { $count } enti
  }
n-members = { $n ->
    [one] { $count } membro
   *[other] { $count } membri
  }
n-connected = { $n ->
    [one] { $count } collegato
   *[other] { $count } collegati
  }
population = { $count } abitanti
population-unknown = abitanti non noti
part-of = { $part } su { $whole }
position = { $first }–{ $last } di { $length }
all-together = tutti insieme: { $n ->
    [one] { $count } voto
   *[other] { $count } voti
  }

face-green = verde
face-yellow = giallo
face-red = rosso

column-ente = ente
column-member = membro
column-category = tipo
column-region = regione
column-population = abitanti
column-service = servizio
column-channel = canale
column-branch = sede
column-n = n
column-green = ▲ verde
column-yellow = ■ giallo
column-red = ▼ rosso
column-green-votes = ▲ V
column-yellow-votes = ■ G
column-red-votes = ▼ R
column-served = serviti
column-state = stato
column-received = ricevuta
column-due = attesa
column-stratum = servizio · canale
column-a-n = n A
column-b-n = n B
column-likeness = somiglianza
column-estimate = stimato
column-peers = tra i simili
column-network = rete
column-available = disponibile?
column-evidence = risultato
column-cards = schede
column-title = titolo
column-topics = temi
column-learner = chi impara
column-expert = esperta
column-part = noi
column-until = fino a
column-difference = A − B, punti
column-role = ruolo
column-link = linea
column-entries = voci
column-last-entry = ultima
column-key = chiave
column-version = versione

received-today = Voti ricevuti oggi: almeno
received-note = cresce di cinque in cinque
no-closed-month = Nessun mese chiuso finora: il primo si chiude il giorno 11 del mese dopo.
month-carried = troppo pochi voti: riportati al mese dopo
includes-carried = con i voti riportati di { $months }
corrected = versione corretta
commitments = Impegni
commitment-plan = Piano
commitment-survey = Rilevazione
commitment-publication = Pubblicazione
state-met = mantenuto
state-due = da fare
state-missed = mancato
services-and-channels = Servizi e canali
nothing-published = niente di pubblicato
live-title = Urna aperta, { $month }
live-none = ancora nessun gruppo di almeno cinque voti
terminals-none = Nessun terminale attivo
terminals-active = { $n ->
    [one] Un terminale
   *[other] { $count } terminali
}
terminals-silent = { $n ->
    [one] uno silenzioso
   *[other] { $count } silenziosi
}
terminals-wrong-clock = { $n ->
    [one] uno con l’ora sbagliata
   *[other] { $count } con l’ora sbagliata
}
terminals-listened = ascolto { $count } decimi dell’orario
terminals-listened-unknown = ascolto non noto
to-verify-some = { $n ->
    [one] un servizio da verificare
   *[other] { $count } servizi da verificare
}
to-verify-title = Da verificare
to-verify-nothing = nulla da verificare
refused-title = Voti rifiutati ai terminali
refused-nothing = nessuno
refused-heard = sentiti finora { $heard } terminali su { $n }
not-known-yet = non si sa ancora
fewer-than-five = meno di 5
at-least = almeno { $n }
check-outside-hours = voti fuori dall’orario di apertura
check-over-served = più voti che utenti serviti
check-short-gaps = troppi voti a meno di cinque secondi dal precedente
check-burst = troppi voti in un minuto
check-end-loading = troppi voti a fine orario o a fine mese
check-fast-greens = i voti ravvicinati sono più verdi degli altri
check-participation = molti più voti per utente servito che nei mesi precedenti
check-other = altro motivo: aggiornare questo programma
reasons-of = Motivi del rosso: { $service }
reasons-pooled = Motivi di { $n ->
    [one] un rosso, messi insieme
   *[other] { $count } rossi, messi insieme
  }
reasons-none = Motivi: troppo pochi rossi per mostrarli
reason-number = motivo { $number }
no-votes-here = Questo nodo non raccoglie voti.
no-votes-here-why = Questo nodo non raccoglie voti: le altre schermate mostrano la rete.

all-services = tutti i servizi
all-channels = tutti i canali
all-regions = tutte le regioni
all-of-all = tutti i servizi, i canali e le regioni
newest-month = il mese più recente
order-likeness = per somiglianza
order-name = per nome
order-region = per regione
order-size = per abitanti
order-votes = per numero di voti
order-estimate = per valore stimato, senza posti in classifica
window-month = un mese
window-twelve = dodici mesi
indicator-green = ▲ verde
indicator-red = ▼ rosso
place-inside = in linea
place-low = basso
place-high = alto
likeness = somiglianza
participation = { $count } voti ogni 1.000 utenti serviti
cards-published = { $n ->
    [one] { $count } scheda pubblicata
   *[other] { $count } schede pubblicate
  }
series-title = Mese per mese
series-ente = ente
series-network = rete
no-funnel = Senza voti non c'è nulla da disegnare.
funnel-title-green = Verdi a parità di servizi, per numero di voti
funnel-title-red = Rossi a parità di servizi, per numero di voti
funnel-own = noi
funnel-selected = scelto
funnel-beyond = insolito
funnel-peers = limiti tra simili
funnel-plain = del caso
funnel-target = rete
funnel-spread = Limiti al 99,8 %; differenze tra enti ρ = { $rho }, stimate su { $enti } enti.
funnel-too-few = { $n ->
    [one] Un solo ente ha abbastanza voti: i limiti sono quelli del solo caso.
   *[other] Solo { $count } enti hanno abbastanza voti: i limiti sono quelli del solo caso.
  }
notable = notevole
no-neighbours-here = Questo nodo non raccoglie voti: nessun ente gli è simile.
no-neighbours = nessun ente dello stesso tipo, per ora
neighbours-title = I più simili · dodici mesi, l'ultimo { $month }
neighbours-why = Perché è simile (nessun risultato entra nel conto):
nothing-matches = nulla corrisponde ai filtri
services-label = servizi:
is-expert = esperta

summary-counted = trasmessa
summary-carried = riportata
summary-refused = rifiutata
summary-not-understood = non capita
summary-forked = sdoppiata
summary-missing = in ritardo
summary-not-due = non dovuta

experts-title = Amministrazioni esperte designate dal DFP
no-experts = Il DFP non ha ancora designato amministrazioni esperte.
expert-areas = designata
expert-reason = perché
expert-topics = offre
expert-mailbox = casella
expert-likeness = rispetto a noi
designated-for = { $areas }, fino al { $day }
no-topics = nessun tema dichiarato
no-evidence = Voti insufficienti per cercare un risultato notevole: non toglie nulla alla designazione.
twinnings-so-far = { $n ->
    [0] nessun gemellaggio finora
    [one] { $count } gemellaggio
   *[other] { $count } gemellaggi
  }
available-yes = disponibile
available-no = non disponibile
available-unknown = disponibilità non nota
pair-title = Fianco a fianco, { $month }
nobody-beside = Nessun ente accanto: sceglierlo in Confronto, Simili o Esperte e premere v.
nothing-to-pool = Nessun gruppo in comune da mettere insieme.
pooled-title = Tutti i gruppi in comune insieme
pooled-same = a parità di servizi
pooled-crude = (grezza { $points })
twinnings-title = Gemellaggi
no-twinnings = Nessun gemellaggio. Per proporne uno: Esperte (4), poi p. Per un confronto: v.
no-twinnings-anywhere = Nessun gemellaggio pubblicato finora.
messages-title = Che cosa ci siamo detti
published-title = Che cosa hanno pubblicato
undelivered = { $n ->
    [one] { $count } messaggio aspetta che l'altro nodo sia acceso
   *[other] { $count } messaggi aspettano che l'altro nodo sia acceso
  }
not-delivered = in attesa
not-taken = non preso dall’altro nodo
common-services = tutti quelli in comune
any-service = qualsiasi servizio
we = noi
outcome = esito
part-learner = impariamo
part-expert = aiutiamo
twinning-proposed = proposto
twinning-accepted = accettato
twinning-concluded = in corso
twinning-declined = declinato
twinning-withdrawn = ritirato
twinning-ended = finito
twinning-unknown = non noto
result-1 = obiettivo raggiunto
result-2 = raggiunto in parte
result-3 = non raggiunto
result-4 = interrotto
level-0 = –
level-1 = non ancora
level-2 = iniziato
level-3 = in uso
level-4 = verificato

n-cards = { $n ->
    [0] nessuna scheda
    [one] { $count } scheda
   *[other] { $count } schede
  }
no-cards = nessuna scheda corrisponde
card-nameable = il DFP può nominarla
all-topics = tutti i temi
practices-title = Pratiche nominate con il consenso degli enti
nothing-in-common = nessun servizio in comune su uno stesso canale
no-such-group = nessun gruppo pubblicato qui
not-comparable-because = non confrontabile: { $reason }

coverage-enti = Enti che contano
coverage-people = Abitanti dei comuni
count-carried = { $n ->
    [one] { $count } riportata
   *[other] { $count } riportate
  }
count-refused = { $n ->
    [one] { $count } rifiutata
   *[other] { $count } rifiutate
  }
count-not-understood = { $n ->
    [one] { $count } non capita
   *[other] { $count } non capite
  }
count-forked = { $n ->
    [one] { $count } sdoppiata
   *[other] { $count } sdoppiate
  }
carried-in = { $n ->
    [one] con { $count } mese riportato
   *[other] con { $count } mesi riportati
  }
restatement = rettifica n. { $number }
transmissions-title = Chi ha trasmesso
not-published = Il mese nazionale non è ancora pubblicato (il DFP lo pubblica il giorno 20).
identical = Ricalcolato qui dalle sintesi: identico a quello firmato dal DFP.
not-identical = Ricalcolato qui dalle sintesi: diverso da quello firmato dal DFP.

members-title = Membri
digest = impronta
link-itself = qui
role-ente = ente
role-observer = osservatore
role-hub = incontro
all-members = tutti i membri
pick-condition = Che cosa guardare
column-last-month = ultimo mese
column-publication = pubblicazione
column-day = giorno
column-counted = enti contati
condition-forked = sdoppiato
condition-revoked = chiave revocata
condition-over-quota = oltre quota
condition-silent = silenzioso
condition-never = mai trasmesso
condition-late = in ritardo
condition-unusable = non contato
condition-behind = indietro
condition-key = rinnovo chiave
condition-owing = da completare
condition-fine = in ordine
condition-left = uscito
condition-forked-why = Due voci firmate con lo stesso numero: conta solo la parte prima. Sentire l'ente, poi decidere quale vale (faccina federation rule).
condition-revoked-why = Il DFP ha revocato la chiave: le voci oltre l'ultima riconosciuta non contano. Ammettere una chiave nuova quando l'ente la manda.
condition-over-quota-why = Più voci di quante un ente può pubblicare: quelle in più non contano. Sentire l'ente: un programma potrebbe ripetere gli invii.
condition-silent-why = Più mesi di fila senza sintesi. Scrivere alla casella dell'ufficio e chiedere se il nodo è acceso.
condition-never-why = Ammesso, ma nessuna sintesi è mai arrivata. Chiedere all'ente se il nodo è installato e collegato.
condition-late-why = La sintesi attesa non è ancora arrivata. Se il nodo è spento basta riaccenderlo: la chiusura riparte da sola.
condition-unusable-why = Una sintesi è arrivata e non conta: il motivo è in Nazionale, nel mese. L'ente la può correggere.
condition-behind-why = Collegato, ma non prende ciò che gli altri pubblicano. Sentire l'ente: faccina doctor dice se il disco è pieno, l'orologio sbagliato o il programma vecchio.
condition-key-why = La chiave di trasporto va rinnovata: l'ente ne manda una nuova, il DFP la mette nell'albo.
condition-owing-why = Manca qualcosa che l'ente deve alla rete; la scheda lo elenca.
condition-fine-why = Nulla da fare.
condition-left-why = L'ente ha lasciato la rete; le sue sintesi restano.
short-days = { $n ->
    [one] { $count } g
   *[other] { $count } g
  }
short-hours = { $n ->
    [one] { $count } h
   *[other] { $count } h
  }
short-months = { $n ->
    [one] { $count } m
   *[other] { $count } m
  }
count-late = { $count } in ritardo
count-silent = { $n ->
    [one] { $count } silenzioso
   *[other] { $count } silenziosi
  }
count-never = { $count } mai sentiti
count-split = { $n ->
    [one] { $count } sdoppiato
   *[other] { $count } sdoppiati
  }
count-over-quota = { $count } oltre quota
count-revoked = { $n ->
    [one] { $count } revocato
   *[other] { $count } revocati
  }
count-unusable = { $n ->
    [one] { $count } non contato
   *[other] { $count } non contati
  }
count-behind = { $count } indietro
count-keys = { $n ->
    [one] { $count } chiave da rinnovare
   *[other] { $count } chiavi da rinnovare
  }
nothing-to-look-at = Nulla da guardare: nessuno è in ritardo e le catene sono in ordine.
no-member-here = Nessun membro corrisponde ai filtri: Esc li toglie.
delivery-none = Non trasmette sintesi.
delivery-not-due = Non deve ancora nessuna sintesi.
delivery-in-time = In orario: { $last }, ricevuta: { $day }.
delivery-came-late = { $last }, ricevuta: { $day }, con { $days ->
        [one] un giorno
       *[other] { $days } giorni
    } di ritardo.
delivery-unusable = La sintesi di { $due } è arrivata e non conta.
delivery-late = Manca { $since }, in ritardo di { $days ->
        [one] un giorno
       *[other] { $days } giorni
    }; ultimo mese contato: { $last }.
delivery-silent = Silenzioso da { $since }: mancano { $months } mesi, il primo da { $days } giorni; ultimo mese contato: { $last }.
delivery-never = Mai trasmesso: { $months ->
        [one] manca un mese
       *[other] mancano { $months } mesi
    }, da { $since }, attesa da { $days ->
        [one] un giorno
       *[other] { $days } giorni
    }.
adhesion = adesione
adhesion-of = { $reached } su { $target }
nobody-owes = nessuno da sollecitare
card-foot = Esc chiude
card-foot-more = ↑↓ scorre
card-foot-reminder = e salva il promemoria
card-state = Che cosa guardare
card-lacks = Che cosa manca
card-months = Mesi
card-ties = Unioni e fusioni
card-node = Nodo
card-reminder = Promemoria pronto da spedire
card-itself = È questo nodo.
card-connected = Collegato adesso a questo nodo.
card-behind = La sua copia delle catene non coincide con quella di questo nodo da { $hours ->
    [one] un'ora
   *[other] { $hours } ore
  }{ $root ->
    [0] .
    [one] : gli manca una voce dell'albo.
   *[other] : gli mancano { $root } voci dell'albo.
  }
card-apart = Non collegato adesso a questo nodo; le voci arrivano anche attraverso altri.
card-no-entries = Nessuna voce nel suo registro.
card-running = Adesso usa la versione { $version }.
card-closed = Ultima sintesi scritta con la versione { $version }, regole { $rules }.
card-key-unknown = Chiave di trasporto: nessuna nell'albo.
reminder-to = A: { $mailbox }
reminder-subject = Oggetto: { $subject }
reminder-stem = faccina-promemoria
tie-part-of = Fa parte di: { $names }.
tie-entrusted = Servizi che i comuni le affidano: { $services }.
tie-handed-over = Affida alla sua Unione: { $services }; i voti si raccolgono lì, qui non mancano.
tie-follows = Ha preso il posto di: { $names }; le sintesi di prima restano sotto il vecchio nome.
tie-followed-by = Al suo posto c’è ora: { $names }.
count-owing = { $n ->
    [one] uno da sollecitare
   *[other] { $count } da sollecitare
  }
adhesion-enti = { $n ->
    [one] un ente
   *[other] { $count } enti
  }
adhesion-services = { $n ->
    [one] un servizio
   *[other] { $count } servizi
  }
card-entries = { $n ->
    [one] Una voce
   *[other] { $count } voci
  } nel registro; l’ultima: { $day }.
card-unusable = Sintesi che non contano: rifiutate { $refused }, con regole che questo nodo non conosce ancora { $not-understood }.
card-key = Chiave di trasporto, scadenza { $day }: { $days ->
    [0] è oggi
    [one] ancora un giorno
   *[other] ancora { $days } giorni
  }.
card-key-expired = Chiave di trasporto scaduta, { $day }: da { $days ->
    [one] un giorno
   *[other] { $days } giorni
  }.
tie-comuni = Unione di { $n ->
    [one] un comune
   *[other] { $count } comuni
  }: { $names }.
publications-title = Pubblicazioni e rettifiche
first-publication = prima pubblicazione
first-publication-why = La prima pubblicazione del mese; resta visibile anche dopo le rettifiche.
arrivals-title = Sintesi ricevute
arrivals-due = termine: { $day }
no-arrivals = Nessuna sintesi che conta è ancora arrivata.
version-unknown = non nota

category-C5 = ente di previdenza
category-L4 = regione
category-L5 = provincia
category-L6 = comune
category-L7 = azienda sanitaria
category-L17 = università
category-L18 = unione di comuni
category-L45 = città metropolitana

search = Cerca
search-keys = Invio conferma · Esc annulla
pick-month = Mese
pick-service = Servizio
pick-channel = Canale
pick-region = Regione
pick-type = scrivere per restringere
pick-topic = Tema
pick-action = Che cosa fare
pick-export = Scrivere questa schermata in un file
pick-foot = ↑↓ Invio · Esc

act-propose = Proporre un gemellaggio
act-accept = Accettare la proposta
act-decline = Declinare la proposta
act-withdraw = Ritirare la proposta
act-end = Concludere il gemellaggio
act-recommend = Dare una raccomandazione
act-checklist = Compilare l'autovalutazione
act-outcome = Pubblicare l'esito
act-availability = Dichiarare la disponibilità come esperta
act-designate = Designare come esperta
act-revoke = Revocare la designazione
act-consent = Consenso a essere nominati
act-retract-card = Ritirare la scheda
act-done = Fatto.
act-nothing = Qui ora non c'è nulla da fare.

form-propose = Proporre un gemellaggio a { $subject }
form-propose-what = La proposta va solo all'altro ente, firmata; nessun altro la legge. Si pubblica solo l'accordo, se accetta.
form-accept = Accettare la proposta di { $subject }
form-accept-what = L'accordo viene pubblicato da entrambi: chi, servizi, temi, periodo. Le parole dette restano tra i due enti.
form-decline = Declinare la proposta di { $subject }
form-decline-what = La risposta va solo all'altro ente.
form-withdraw = Ritirare la proposta a { $subject }
form-withdraw-what = La proposta non vale più, anche se non è ancora stata letta.
form-end = Concludere il gemellaggio con { $subject }
form-end-what = Dopo si può ancora pubblicare l'esito.
form-recommend = Raccomandazione a { $subject }
form-recommend-what = Va solo all'altro ente. Una scheda di buona pratica può mostrare come si fa.
form-checklist = Autovalutazione, condivisa con { $subject }
form-checklist-what = Descrive il proprio ente, non l'altro. Frecce ← → per il livello, poi una nota. Una nuova sostituisce la precedente.
form-outcome = Esito del gemellaggio con { $subject }
form-outcome-what = Lo leggono tutti: che cosa si è fatto e che cosa si è imparato.
form-availability = Disponibilità come amministrazione esperta
form-availability-what = La leggono tutti gli enti. Designare resta compito del DFP.
form-designate = Designare { $subject } come esperta
form-designate-what = Per pratica di ascolto e disponibilità, non per una percentuale. Vale dodici mesi, se non si scrive altro.
form-revoke = Revocare la designazione di { $subject }
form-revoke-what = La revoca è pubblica, con il motivo.
form-consent = Consenso per la scheda «{ $subject }»
form-consent-what = Con il consenso il DFP può nominare l'ente per questa pratica. Si può ritirare quando si vuole.
form-retract-card = Ritirare la scheda «{ $subject }»
form-retract-card-what = La scheda sparisce dalla biblioteca. Chi l'ha già letta può averne una copia.
form-foot = Tab campo · Invio avanti · Esc lascia
form-foot-confirm = s sì · n no
form-foot-confirm-more = { $position } · ↑↓ scorre · s sì · n no
form-foot-sending = attendere
confirm-publish = Pubblicare? s/n
confirm-send = Inviare? s/n
sending = Mando al nodo…
nothing-said = –
twelve-months = dodici mesi da oggi
none-chosen = nessuno scelto
nothing-to-choose = niente da scegliere

field-ente = ente
field-twinning = gemellaggio
field-services = servizi
field-services-hint = ← → scorre, spazio sceglie. Nessuno scelto: tutti quelli in comune.
field-topics = temi
field-topics-hint = Con virgole: «code allo sportello, accoglienza».
field-from = dal mese
field-from-hint = mm/aaaa
field-to = al mese
field-to-hint = mm/aaaa, compreso
field-text = testo
field-text-hint = In parole semplici, senza nomi di persone.
field-service = servizio
field-service-hint = ← → cambia
field-card = scheda
field-card-hint = Facoltativa, come c_h361/3
field-cards = schede
field-cards-hint = Facoltative, con virgole: c_h361/3, c_a944/1
field-result = risultato
field-result-hint = ← → cambia
field-available = disponibile
field-available-hint = ← → cambia
field-areas = ambiti
field-areas-hint = ← → scorre, spazio sceglie
field-note = nota
field-note-hint = Facoltativa: quando, come, quanto tempo.
field-area = ambito
field-area-hint = ← → cambia
field-reason = perché
field-reason-hint = Lo leggono tutti.
field-valid-to = fino al
field-valid-to-hint = gg/mm/aaaa; vuoto: dodici mesi da oggi
field-consents = consenso
field-consents-hint = ← → cambia
field-item = voce
field-item-hint = ← → livello, poi una nota
field-period = periodo

problem-empty = Questo campo serve.
problem-nothing-to-choose = Qui non c'è nulla tra cui scegliere.
problem-month = Un mese si scrive mm/aaaa, per esempio 04/2026.
problem-day = Un giorno si scrive gg/mm/aaaa, per esempio 31/12/2026.
problem-card = Una scheda si scrive con il codice dell'ente, una barra e il numero: c_h361/3.
problem-full = Il campo è pieno: ciò che non ci sta è rimasto fuori.
problem-topic = Un tema è troppo lungo: bastano poche parole, con una virgola tra un tema e l'altro.
problem-topics = I temi sono troppi: al massimo 16.
problem-cards = Le schede sono troppe: al massimo 16.
problem-period = Il periodo finisce prima di cominciare.
problem-no-answers = Rispondere ad almeno una voce.
problem-node = Il nodo dice di no: { $reason }
problem-away = Il nodo è assente: nulla è partito. Il testo resta qui.
problem-unanswered = Il nodo è andato via prima di rispondere: forse è fatto, forse no. Guardare l'elenco prima di riprovare. Il testo resta qui.

export-csv = CSV, per fogli di calcolo
export-json = JSON, per programmi
export-md = Markdown, da leggere
export-written = Scritto in { $path }
export-failed = Non scritto: { $reason }
export-nothing = Non c'è ancora nulla da scrivere.

sheet-source = sintesi firmate dagli enti, lette dal nodo di { $name } ({ $code }); federazione { $federation }, Faccina { $version }
sheet-intervals = al 95 %: Wilson per le percentuali, Newcombe per le differenze, Mantel-Haenszel (Sato) per le differenze a parità di servizi, posteriori per le stime
sheet-distance-means = distanza di Gower da 0 a 1: tipo, abitanti, servizi, canali, territorio; nessun risultato
sheet-notable-means = almeno 600 voti e 9 mesi, meno rossi del limite al 99,8 %, 90 % di probabilità di stare nel quarto migliore, tre trimestri su quattro; mostrato accanto alla designazione, mai al suo posto
sheet-order-estimate = valore stimato (bayesiano empirico), senza posti
sheet-fact-source = fonte
sheet-fact-day = letto il
sheet-fact-state = stato
sheet-fact-period = periodo
sheet-fact-indicator = indicatore
sheet-fact-intervals = intervalli
sheet-fact-order = ordine
sheet-fact-rho = sovradispersione ρ
sheet-fact-distance = distanza
sheet-fact-notable = risultato notevole
sheet-fact-edition = edizione
sheet-fact-carried = con i voti riportati di
sheet-code = codice IPA
sheet-ente = ente
sheet-category = tipo
sheet-region = regione
sheet-population = abitanti
sheet-state = stato
sheet-months = mesi
sheet-month = mese
sheet-n = n
sheet-green-votes = verdi
sheet-yellow-votes = gialli
sheet-red-votes = rossi
sheet-green = verde %
sheet-green-low = verde da %
sheet-green-high = verde a %
sheet-yellow = giallo %
sheet-yellow-low = giallo da %
sheet-yellow-high = giallo a %
sheet-red = rosso %
sheet-red-low = rosso da %
sheet-red-high = rosso a %
sheet-own-target = atteso con i suoi servizi %
sheet-adjusted = a parità di servizi %
sheet-adjusted-low = a parità da %
sheet-adjusted-high = a parità a %
sheet-estimate = stimato %
sheet-estimate-low = stimato da %
sheet-estimate-high = stimato a %
sheet-peers = tra i simili
sheet-share = quota %
sheet-low = da %
sheet-high = a %
sheet-network = rete %
sheet-network-low = rete da %
sheet-network-high = rete a %
sheet-service = servizio
sheet-channel = canale
sheet-served = utenti serviti
sheet-distance = distanza
sheet-reasons = perché
sheet-mailbox = casella
sheet-areas = ambiti
sheet-reason = perché
sheet-valid-to = fino al
sheet-available = disponibile
sheet-topics = temi
sheet-notable = risultato notevole
sheet-cards = schede
sheet-twinnings = gemellaggi
sheet-id = nome
sheet-learner = chi impara
sheet-expert = esperta
sheet-services = servizi
sheet-period = periodo
sheet-day = giorno
sheet-a-n = n A
sheet-a-share = A %
sheet-a-low = A da %
sheet-a-high = A a %
sheet-b-n = n B
sheet-b-share = B %
sheet-b-low = B da %
sheet-b-high = B a %
sheet-difference = A − B, punti
sheet-difference-low = da
sheet-difference-high = a
sheet-why-not = perché non confrontabile
sheet-strata = gruppi
sheet-crude = differenza grezza, punti
sheet-odds-ratio = rapporto delle quote
sheet-breslow-day = Breslow-Day p
sheet-meaning = significato
sheet-card = scheda
sheet-title = titolo
sheet-part = parte
sheet-total = totale
sheet-role = ruolo
sheet-entries = voci
sheet-head-id = testa
sheet-last-entry = ultima voce
sheet-key-until = chiave fino al
sheet-key-life = chiave, durata usata %
sheet-version = versione
sheet-condition = da guardare
sheet-last-month = ultimo mese
sheet-late-days = giorni di ritardo
sheet-lacks = che cosa manca
sheet-ties = unioni e fusioni
beyond-inside = come gli altri
beyond-low-95 = basso (oltre il 95 %)
beyond-high-95 = alto (oltre il 95 %)
beyond-low-998 = basso (oltre il 99,8 %)
beyond-high-998 = alto (oltre il 99,8 %)

keys-my-ente = ? aiuto | q esci | ←→ elenco | ↑↓ scorri | a azioni | e esporta | l English
keys-comparison = ? aiuto | q esci | / cerca | o ordina | f imbuto | Invio scheda | w periodo | i ▲▼ | m mese | v accanto | e esporta | s c r filtri | l English
keys-neighbours = ? aiuto | q esci | ↑↓ scegli | Invio nel confronto | v fianco a fianco | m mese | e esporta | l English
keys-experts = ? aiuto | q esci | p proponi | a azioni | v fianco a fianco | Invio nel confronto | e esporta | l English
keys-twinning = ? aiuto | q esci | ←→ parti | a azioni | w periodo | i ▲▼ | m mese | e esporta | l English
keys-cards = ? aiuto | q esci | / cerca | s servizio | t tema | Invio leggi | a azioni | e esporta | l English
keys-national = ? aiuto | q esci | ←→ elenco | m mese | ↑↓ scorri | e esporta | l English
keys-network = ? aiuto | q esci | / cerca | s stato | Invio scheda | e esporta | l English

help-title = Aiuto: { $screen }
help-foot = Esc chiude
help-foot-more = ↑↓ scorre · Esc chiude
help-my-ente =
    Il proprio ente: l'urna aperta, l'ultimo mese chiuso, gli impegni.
    voti di oggi | Ricevuti e scritti su disco oggi. Cresce di cinque in cinque, perché un solo voto non riveli chi è appena uscito.
    urna aperta | Facce per servizio e sede, in gruppi di almeno cinque e non prima di fine mezza giornata. Solo qui: non lascia l'ente.
    servizi e canali | L'ultimo mese chiuso, come pubblicato. "Altri servizi" unisce i servizi con troppo pochi voti: nessun voto è nascosto, il totale è esatto.
    riportati | Meno di cinque voti in tutto: passano al mese dopo e lì vengono detti.
    motivi | Uno dei quattro, dopo il rosso; sotto i cinque rossi si pubblicano insieme ad altri. Chi non sceglie un motivo conta come rosso.
    serviti | Utenti serviti, se l'ente li comunica; altrimenti "non noto", mai zero.
    terminali | Quelli attivi; silenziosi da più di tre minuti e mezzo nel loro orario; con l'ora sbagliata di oltre due minuti. In ascolto: quanta parte dell'orario di apertura del mese aperto si poteva votare.
    da verificare | I voti di un servizio non somigliano a quelli di chi è stato appena servito. È un invito a guardare: non accusa nessuno, non dice mai quale terminale, non toglie alcun voto. Cambia solo a fine mezza giornata e sparisce con la chiusura. Le prove sono quelle della statistica 6.3, con un margine per ore di punta, famiglie e bambini.
    fuori orario | Almeno un voto a ufficio chiuso; chi è servito per ultimo ha un quarto d'ora in più.
    più che serviti | A mese finito, più voti che utenti serviti, dove tutti sono stati contati.
    ravvicinati | Cinque o più voti a meno di 5 secondi dal precedente, e tanti che il caso ne dà meno di una volta su 10 000 (coda di Poisson).
    in un minuto | Quattro o più voti in 60 secondi oltre una famiglia di tre, una volta o di continuo, con la stessa soglia (limite dell'unione sulla coda di Poisson).
    fine orario | Nell'ultima mezz'ora, o negli ultimi due giorni del mese, più voti di quanti ne dia un'ora due volte più affollata (coda binomiale, 1 su 10 000).
    verdi veloci | I voti ravvicinati sono più verdi degli altri dello stesso servizio (test esatto di Fisher, meno di 1 su 100); solo accanto a un altro segnale.
    partecipazione | A mese finito, voti per utente servito molto oltre quelli dei mesi prima (più di 4 scarti).
    voti rifiutati | Rifiutati per sempre ai terminali, con il motivo. Numeri solo come "meno di 5" o multipli di cinque. Dopo un riavvio del nodo si sanno solo dai terminali che si sono già fatti sentire.
    impegni | Piano di rilevazione pubblicato, mese rilevato, risultati pubblicati sul sito.
    a, azioni | Dichiarare se si è disponibili come amministrazione esperta.
help-comparison =
    Tutti gli enti, l'imbuto in cui stanno, e che cosa vuol dire il posto di ognuno. Non è una classifica.
    tra i simili | Se il risultato è insolito rispetto a quanto gli enti differiscono tra loro: ↑ ↓ oltre il limite al 95 %, ↑↑ ↓↓ oltre quello al 99,8 %. Code beta-binomiali sul valore atteso dell'ente (statistica 1.4).
    dal nazionale | Se è diverso dal valore della rete oltre quanto può fare il caso: code binomiali esatte (statistica 1.3). Le due frasi possono dire cose diverse, e servono entrambe.
    imbuto, f | Un punto per ente: a destra chi ha più voti, in alto chi ne ha una parte maggiore. Fuori dalle linee continue: insolito tra i simili. Fuori da quelle tratteggiate: diverso per più del caso.
    a parità | La quota che la rete avrebbe con i servizi e canali di quell'ente è il suo valore atteso; il disegno mostra rete × osservati / attesi (standardizzazione indiretta, statistica 1.7). Due enti tra loro si confrontano in Gemellaggio, non qui.
    ρ | Quanto gli enti differiscono tra loro oltre il caso: stimatore robusto di Paule-Mandel, o dei momenti se gli enti con abbastanza voti sono pochi; sotto dieci enti, nessuna correzione (statistica 1.4).
    n | Voti pubblicati con i filtri scelti. Una percentuale senza n non dice nulla.
    tra parentesi | Intervallo di Wilson al 95 %: dove può stare la percentuale, dato n (statistica 1.2).
    stimato, o | L'ordine per valore usa la stima bayesiana empirica con il suo intervallo: i pochi voti contano poco (statistica 1.5). Non ci sono posti, perché non sarebbero veri.
    somiglianza | 100 % meno la distanza di Gower da questo ente, senza alcun risultato (statistica 3.2).
    w, i | Un mese o dodici; verdi o rossi.
    / s c r | Cerca per nome; filtra per servizio, canale, regione. Esc toglie i filtri.
    Invio | La scheda dell'ente scelto: parole, mese per mese, risultato notevole; di nuovo Invio: servizi e canali. ↑ ↓ passano al prossimo ente.
    v | Mette l'ente scelto accanto al proprio, in Gemellaggio.
    canali | Non confrontare canali diversi come qualità: vota chi vuole, e la partecipazione cambia con il canale.
    ◆ ★ | Il proprio ente; amministrazione esperta designata dal DFP.
help-neighbours =
    I quindici enti più simili per quello che sono, mai per i risultati.
    somiglianza | 100 % meno la distanza di Gower su tipo di ente, abitanti, servizi offerti, canali dei voti, regione (statistica 3.2). Ogni nodo ottiene gli stessi numeri.
    perché | Le parti della distanza che pesano di più, in parole.
    n, verde | Voti di dodici mesi e quota con l'intervallo di Wilson al 95 %. Sono accanto per informazione: non scelgono chi è simile.
    Invio | Mostra l'ente in Confronto.
    v | Lo mette accanto al proprio, in Gemellaggio.
help-experts =
    Le amministrazioni che il DFP ha designato come esperte di ascolto.
    designata | Dal DFP, per pratica e disponibilità, non per una percentuale: anche i piccoli comuni possono essere esperti. Vale dodici mesi, con il suo motivo.
    disponibile? | Lo dichiara l'ente, con i temi su cui può aiutare.
    risultato notevole | Scritto accanto alla designazione, mai al suo posto. Servono quattro prove insieme (statistica 3.3):
    V, voti | Almeno 600 voti in dodici mesi nell'ambito, e almeno nove mesi pubblicati.
    A, differenza | Meno rossi del limite esatto al 99,8 % del proprio valore atteso.
    B, tra i migliori | Probabilità di almeno il 90 % di stare nel quarto migliore della rete.
    C, costanza | Tre degli ultimi quattro trimestri oltre il limite al 95 %.
    somiglianza | 100 % meno la distanza di Gower da questo ente (statistica 3.2).
    p | Propone un gemellaggio all'esperta scelta.
    a, azioni | Per un ente: dichiarare la disponibilità. Per il DFP: designare e revocare.
    v | La mette accanto al proprio ente, in Gemellaggio.
help-twinning =
    I gemellaggi: che cosa ci si è detti, e i due enti fianco a fianco.
    stati | Proposto, accettato (manca una delle due pubblicazioni), in corso, finito; oppure declinato o ritirato.
    messaggi | Vanno da nodo a nodo, firmati, e non entrano in nessuna catena: li leggono solo i due enti. "In attesa" finché l'altro nodo è spento.
    pubblico | Solo l'accordo e l'esito: chi, servizi, temi, periodo, risultato.
    fianco a fianco | Lo stesso servizio sullo stesso canale, A a sinistra e B a destra.
    a parità di servizi | Differenza di Mantel-Haenszel su tutti i gruppi che entrambi hanno, con l'intervallo di Sato al 95 % (statistica 1.7). Quella grezza mescola servizi diversi, e può dire il contrario.
    A − B, punti | Differenza nel gruppo, con l'intervallo di Newcombe al 95 % (statistica 1.2). Se contiene lo zero, i voti non bastano a dire che c'è differenza.
    cambia da servizio | Se la prova di Breslow-Day dà p sotto 0,05, la differenza non è la stessa ovunque: guardare i gruppi.
    non confrontabile | Il gruppo manca da una parte, è "altri servizi", o i voti sono troppo pochi: il motivo è scritto, nulla è inventato.
    a, azioni | Solo ciò che ora si può fare: accettare, declinare, ritirare, raccomandare, autovalutarsi, concludere, pubblicare l'esito.
    ← → | Gemellaggi, messaggi, fianco a fianco.
help-cards =
    La biblioteca delle schede di buona pratica che gli enti pubblicano.
    / s t | Cerca nel titolo, nel testo, nei temi e nel nome dell'ente; filtra per servizio e per tema.
    Invio | Legge la scheda; ← torna all'elenco.
    scheda | Il nome di una scheda è il codice dell'ente e un numero, come c_h361/3.
    casella | L'ufficio qualità dell'ente che l'ha scritta.
    a, azioni | Sulle proprie schede: consentire al DFP di nominare l'ente, o ritirare la scheda.
    scriverne una | Sul server: faccina card publish; il testo è Markdown, senza HTML.
help-national =
    Il mese nazionale: solo somme, con la copertura. Un ente non compare mai da solo.
    enti che contano | Sintesi contate su quelle attese nel mese; le riportate contano come trasmesse.
    abitanti | Abitanti dei comuni che contano su quelli dei comuni attesi.
    chi ha trasmesso | Prima chi è in ritardo o rifiutato. La sintesi è attesa il giorno 11 del mese dopo.
    percentuali | Somma dei voti di tutti, poi divisione: mai medie di percentuali.
    ricalcolato | Questo nodo rifà il conto dalle sole sintesi e lo confronta con quello firmato dal DFP.
    rettifica | Una pubblicazione successiva dello stesso mese, perché sono arrivate altre sintesi.
    pubblicazioni | Con → : ogni pubblicazione resta, con il giorno e che cosa è cambiato rispetto alla precedente.
    ricevute | Quante sintesi erano arrivate alla fine di ogni giorno, su quelle attese.
    pratiche | Nominate solo con il consenso scritto dell'ente.
help-network =
    I membri della rete e quanto questo nodo sa di loro.
    stato | Prima chi ha bisogno di attenzione, poi per nome; mai per risultato. In ritardo: manca l’ultimo mese. Silenzioso: ne mancano due o più di fila.
    sdoppiato | Ha firmato due voci con lo stesso numero: decide il DFP. Oltre quota: ha pubblicato più di quanto si può.
    s, / | Mostra un solo stato; cerca un nome. Esc toglie i filtri.
    Invio | La scheda: che cosa guardare, che cosa manca, Unione e fusioni, nodo e chiave; al DFP anche il promemoria pronto (e lo salva).
    adesione | Enti ammessi e servizi dei loro piani, sugli obiettivi del catalogo. Un servizio conta una volta per ogni ente.
    voci | Quante voci della catena questo nodo ha e riconosce.
    impronta | Uguale su due nodi se e solo se hanno le stesse catene.
    linea | Se questo nodo e l'altro sono collegati adesso. Non serve che lo siano tutti.
    chiave | Quanta parte della durata della chiave di trasporto è passata; dal 70 % va rinnovata.
help-everywhere =
    Ovunque
    1–8, Tab | Cambia schermata; ← → cambia elenco dove ce ne sono più d'uno.
    ↑ ↓ PgSu PgGiù | Scorre; Inizio e Fine vanno ai capi.
    a | Che cosa si può fare qui; prima di inviare o pubblicare si chiede conferma.
    e | Scrive quello che si vede in un file CSV, JSON o Markdown, con fonte, periodo e filtri.
    Esc | Torna indietro di un passo.
    l | Italiano o inglese.
    q | Esce.
