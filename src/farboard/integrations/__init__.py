"""Loggers and callbacks for frameworks, each in a module that imports with its framework only.

| module | class | goes into |
|---|---|---|
| `lightning` | `FarboardLogger` | `Trainer(logger=…)` of PyTorch Lightning |
| `huggingface` | `FarboardCallback` | `Trainer(callbacks=[…])` of Hugging Face's transformers |
| `keras` | `FarboardCallback` | `model.fit(callbacks=[…])` |
"""
