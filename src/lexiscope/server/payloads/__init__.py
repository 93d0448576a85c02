"""Payloads of the server's routes: typed answers, and the arrays that travel beside them.

A payload that comes with arrays ("binary") is sent as one safetensors document of the content type
`application/vnd.safetensors`: its header's `__metadata__` holds the payload as JSON under the key
`payload`, its tensors are the arrays that the class names. All other payloads are JSON, in which a
number that is not finite is null.

Words stand in payloads as rows of the vocabulary; `Vocabulary` has their spellings, sent once.
"""
