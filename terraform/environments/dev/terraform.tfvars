environment = "dev"

network = {
  # One NAT gateway costs less by the hour than six interface endpoints in two zones.
  nat = "single"
}
