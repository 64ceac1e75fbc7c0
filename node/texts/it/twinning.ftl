# Gemellaggi, buone pratiche, esperte: che cosa dicono gli schermi e i comandi.

twinning-headline-none = Nessun gemellaggio aperto: la schermata delle amministrazioni esperte dice a chi proporlo.
twinning-headline-open = { $open ->
        [one] Un gemellaggio aperto.
       *[other] { $open } gemellaggi aperti.
    }
twinning-headline-asked = { $asked ->
        [one] Una proposta aspetta la risposta di questo ente.
       *[other] { $asked } proposte aspettano la risposta di questo ente.
    }
twinning-headline-published = { $n ->
        [0] Nessun accordo di gemellaggio è ancora concluso.
        [one] Un accordo di gemellaggio concluso.
       *[other] { $n } accordi di gemellaggio conclusi, { $open } in corso.
    }

twinning-next-answer = Rispondere alla proposta: accettare o declinare.
twinning-next-wait = { $other } ha ricevuto la proposta: si aspetta la risposta. La proposta si può ritirare.
twinning-next-deliver = La proposta parte appena il nodo di { $other } è raggiungibile. Si può ritirare.
twinning-next-refused = Il nodo di { $other } non ha preso l’ultimo messaggio ({ $code }): scriverne un altro, o sentire l’altro ente.
twinning-next-experts-entry = { $other } ha accettato: l’accordo si conclude appena arriva il suo atto.
twinning-next-learners-entry = Accettato: l’accordo si conclude appena { $other } e poi questo ente lo pubblicano.
twinning-next-work = Accordo concluso, fino a { $month }: confrontare i risultati, scambiarsi raccomandazioni, compilare l’autovalutazione.
twinning-next-outcome = Il gemellaggio è finito: pubblicare com’è andato.
twinning-next-over = Il gemellaggio è finito.
twinning-next-declined = { $other } e questo ente non faranno questo gemellaggio: la proposta è stata declinata.
twinning-next-withdrawn = La proposta è stata ritirata.
twinning-next-half = Accettato: manca ancora l’atto dell’altro ente.
twinning-next-until = In corso fino a { $month }.

twinning-kind-proposal = proposta
twinning-kind-acceptance = accettazione
twinning-kind-decline = proposta declinata
twinning-kind-withdrawal = proposta ritirata
twinning-kind-checklist = autovalutazione
twinning-kind-recommendation = raccomandazione
twinning-kind-end = fine del gemellaggio
twinning-kind-unknown = messaggio di una versione più nuova del programma

act-delivered = Consegnato a { $other }.
act-waiting = Scritto: sarà consegnato appena il nodo di { $other } è raggiungibile.
act-accepted = Accettato, e { $other } lo sa: l’accordo si conclude appena i due enti lo pubblicano.
act-outcome = Esito pubblicato: lo leggono tutti gli enti e il Dipartimento.
act-card = Scheda { $card } pubblicata: la leggono tutti gli enti.
act-card-withdrawn = Scheda { $card } ritirata: non è più nella raccolta.
act-consent = Il Dipartimento può citare questo ente per la scheda { $card }.
act-no-consent = Il Dipartimento non citerà più questo ente per la scheda { $card }.
act-available = Questo ente si dice disponibile per gemellaggi.
act-unavailable = Questo ente non è più disponibile per gemellaggi.
act-designated = Designazione di { $other } valida fino a { $month }.
act-revoked = La designazione di { $other } è revocata.

checklist-plan = Il piano di rilevazione è pubblicato e corrisponde a ciò che si fa.
checklist-survey = Il voto è proposto a ogni sportello e su ogni canale del piano, in ogni ora di apertura.
checklist-invitation = Ogni persona servita è invitata a votare: nessuno sceglie chi invitare.
checklist-staff = Il personale sa perché si ascolta, e che i voti non giudicano le singole persone.
checklist-publication = Ogni mese i risultati sono pubblicati sul sito dell’ente, entro il mese seguente.
checklist-reasons = I motivi dei voti rossi si leggono ogni mese insieme a chi eroga il servizio.
checklist-improvement = Da ciò che si legge nasce un miglioramento concordato, con un responsabile e una data.
checklist-citizens = Ai cittadini si racconta che cosa è cambiato: «avete detto, abbiamo fatto».
checklist-effect = Dopo un miglioramento si guarda se i voti di quel servizio sono cambiati.
checklist-management = La direzione vede i risultati e li usa per decidere, anche nel piano della performance.

library-all = { $all ->
        [0] Nessuna scheda è ancora pubblicata: la prima può essere di questo ente.
        [one] Una scheda di buone pratiche.
       *[other] { $all } schede di buone pratiche, le più recenti per prime.
    }
library-found = { $n ->
        [0] Nessuna scheda con queste parole, fra { $all }.
        [one] Una scheda trovata, fra { $all }.
       *[other] { $n } schede trovate, fra { $all }.
    }
