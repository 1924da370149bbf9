output "availability_zones" {
  value       = local.zone_names
  description = "Zones of the private subnets, in order; empty for an existing VPC."
}

output "interface_endpoints" {
  value       = sort(local.endpoints)
  description = "Short names of the interface endpoints made here."
}

output "nat_gateway_count" {
  value       = length(local.nat_zones)
  description = "How many NAT gateways run here, each paid by the hour."
}

output "private_subnet_ids" {
  value       = local.private_subnet_ids
  description = "Subnets in which jobs run."
}

output "security_group_ids" {
  value       = local.make_job_group ? [aws_security_group.jobs[0].id] : var.existing_vpc.security_group_ids
  description = "Security groups of jobs and container instances."
}

output "vpc_id" {
  value       = local.vpc_id
  description = "The VPC."
}
