environment = "local"
disposable  = true
