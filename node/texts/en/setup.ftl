# The page that pairs a terminal or a desk with the node, for somebody who is no expert.

setup-language = English
setup-title-terminal = Let us connect this terminal
setup-title-desk = Let us connect this desk
setup-intro = You need the address of the node and a code of 16 characters. Once is enough.
setup-ask-terminal = Whoever runs your organisation’s IT gives them out, with the command “faccina terminal add”.
setup-ask-desk = Whoever runs your organisation’s IT gives them out, with the command “faccina counter add”.
setup-address = Address of the node
setup-address-hint = For example 192.168.1.20. With a QR code scanner, scan the code here: it types everything by itself.
setup-code = Code
setup-code-hint = 16 letters and digits. It lives 15 minutes and is for one device.
setup-pair = Connect
setup-working = Connecting…
setup-done = Connected. The page opens by itself.
setup-trouble-address = The address is not well written: it looks like 192.168.1.20 or node.example.it.
setup-trouble-code = The code is not complete or has a wrong character: it has 16 letters and digits.
setup-trouble-away = No node answers at this address: check the address, the cable and the network, then try again.
setup-trouble-refused = The node does not know the code: it may be too old or used already, or the address is of another node. Check both, or ask for a new code.
setup-trouble-another = The code is for another kind of device: this one needs another code.
setup-trouble-unproven = Whoever answers at this address does not prove to be the node that gave out the code. Do not try again: tell your IT.
setup-trouble-other = It did not work. Try again, or tell your IT.
