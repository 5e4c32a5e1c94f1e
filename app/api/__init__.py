"""HTTP words <-> service calls: schemas, routes, SSE, error table. No torch, no engine."""
