# La pagina che collega un terminale o uno sportello al nodo, per chi non è esperto.

setup-language = Italiano
setup-title-terminal = Colleghiamo questo terminale
setup-title-desk = Colleghiamo questo sportello
setup-intro = Servono l’indirizzo del nodo e un codice di 16 caratteri. Basta una volta sola.
setup-ask-terminal = Li dà chi gestisce i sistemi informatici dell’ente, con il comando «faccina terminal add».
setup-ask-desk = Li dà chi gestisce i sistemi informatici dell’ente, con il comando «faccina counter add».
setup-address = Indirizzo del nodo
setup-address-hint = Per esempio 192.168.1.20. Con un lettore di codici QR leggete il codice qui: scrive tutto da solo.
setup-code = Codice
setup-code-hint = 16 lettere e cifre. Vale 15 minuti e per un solo dispositivo.
setup-pair = Collega
setup-working = Collegamento in corso…
setup-done = Collegato. La pagina si apre da sola.
setup-trouble-address = L’indirizzo non è scritto bene: deve somigliare a 192.168.1.20 o a nodo.comune.it.
setup-trouble-code = Il codice non è completo o ha un carattere sbagliato: sono 16 lettere e cifre.
setup-trouble-away = A questo indirizzo non risponde nessun nodo: controllate l’indirizzo, il cavo e la rete, poi riprovate.
setup-trouble-refused = Il nodo non riconosce il codice: forse è scaduto o già usato, o l’indirizzo è di un altro nodo. Ricontrollate, oppure chiedete un codice nuovo.
setup-trouble-another = Il codice è per un altro tipo di dispositivo: ne serve un altro per questo.
setup-trouble-unproven = Chi risponde a questo indirizzo non dimostra di essere il nodo che ha dato il codice. Non riprovate: avvisate chi gestisce i sistemi informatici.
setup-trouble-other = Il collegamento non è riuscito. Riprovate o avvisate chi gestisce i sistemi informatici.
