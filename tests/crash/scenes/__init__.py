"""One scene for each consumer of each stage: a small input that meets everything the stage can answer."""
