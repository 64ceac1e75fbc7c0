# Che cosa pubblica la chiusura di un mese, a chi sta per farla.

close-carried = Mese di { $month }: i voti sono troppo pochi per essere pubblicati; { $n ->
        [one] un voto è riportato
       *[other] { $n } voti sono riportati
    } al mese successivo e ora si pubblica soltanto questo.
close-figures = Mese di { $month }: { $n ->
        [0] nessun voto
        [one] un voto in { $groups } gruppo
       *[other] { $n } voti in { $groups ->
            [one] un gruppo
           *[other] { $groups } gruppi
        }
    }; { $merged ->
        [0] nessun servizio sarà accorpato
        [one] un servizio sarà accorpato in altri servizi
       *[other] { $merged } servizi saranno accorpati in altri servizi
    }{ $carried }{ $reasons }.
close-carried-in = ; { $n ->
        [one] un voto riportato
       *[other] { $n } voti riportati
    } dai mesi precedenti
close-reasons-wait = ; i motivi di { $n ->
        [one] un voto rosso
       *[other] { $n } voti rossi
    } attendono i mesi successivi

# Che cosa guardare prima di chiudere. Un’indicazione non toglie alcun voto.
close-preview = { $figures } { $verify }
close-verify = Da verificare: { $services }. È un invito a guardare, non un’accusa: nessun voto viene tolto.
close-verify-service = { $service } ({ $checks })
check-outside-hours = voti fuori dall’orario di apertura
check-over-served = più voti che utenti serviti
check-short-gaps = troppi voti a meno di cinque secondi dal precedente
check-burst = troppi voti in un minuto
check-end-loading = troppi voti a fine orario o a fine mese
check-fast-greens = i voti ravvicinati sono più verdi degli altri
check-participation = molti più voti per utente servito che nei mesi precedenti

# La correzione di un mese già pubblicato: tutto il mese è sostituito, una volta sola.
correct-figures = Versione corretta, che sostituisce la prima. { $figures } Che cosa cambia: { $changes }. La prima versione resta visibile.
correct-group = { $group }: da { $from } a { $to } voti
correct-served = { $group }: utenti serviti da { $from } a { $to }
correct-number = { $n }
correct-unknown = “non noti”
correct-other-services = altri servizi

# Il nodo ha perso dati: che cosa succede dopo `faccina adopt`.
adopt-begun = Il nodo riprende dagli altri nodi ciò che aveva già pubblicato. Gli inviti consegnati finora non valgono più; i voti attendono sui terminali finché gli altri nodi hanno risposto; la prossima sintesi dice che i dati sono stati ripristinati. I voti ricevuti dopo lo stato ripristinato, e già confermati ai terminali, sono perduti; quelli ancora in attesa sui terminali arrivano da soli.
adopt-asking = Il nodo sta già chiedendo agli altri nodi che cosa aveva pubblicato: basta che sia collegato. Se nessuno può rispondere: faccina adopt --offline
adopt-alone = Il nodo prosegue con i dati che ha, senza aver chiesto agli altri. Gli inviti consegnati finora non valgono più e la prossima sintesi dice che i dati sono stati ripristinati. Se altri nodi hanno atti di questo nodo che qui mancano, la pubblicazione si ferma e lo dice.
