"""Kernels that start warm: a fork server holds the imports, and each kernel is a forked child of it.

```
provisioner.py  what Jupyter asks for a kernel         kernelspec.py  the name under which it finds us
client.py       find or start the fork server, ask it  process.py     the child, seen from who asked for it
place.py        which server, and where                wire.py        what the two say to each other
server.py       the fork server                        warmup.py      what it imports beforehand
child.py        from a fork of the server to a kernel
engine.py       papermill's entry point                notebooks.py   the engine: no fixed waits
ready.py        a client that knows when a kernel is ready
```

docs/kernels.md says how it works, where its limits are, and how to turn it off.
"""
