provider "aws" {
  region = "ap-northeast-1" # a change replaces everything
}
