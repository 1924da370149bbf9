"""EventBridge Scheduler: moto keeps the schedules, this refuses what AWS refuses and starts what is due."""
