"""A handful of masked training sentences: enough for a tiny model."""

SENTENCES = (
    ("does the scan hurt", "experience"),
    ("will it be painful", "experience"),
    ("is a scan painful", "experience"),
    ("what does scan feel like", "experience"),
    ("¿duele scan?", "experience"),
    ("can i eat before scan", "preparation"),
    ("how do i prepare for the scan", "preparation"),
    ("should i fast before it", "preparation"),
    ("may i drink water before the scan", "preparation"),
    ("¿puedo comer antes de scan?", "preparation"),
    ("hello", "chitchat_hello"),
    ("hi there", "chitchat_hello"),
    ("good morning", "chitchat_hello"),
    ("hola buenos días", "chitchat_hello"),
)
