version 1.0

workflow squares {
    input {
        Array[Int] numbers
        String image
    }
    scatter (number in numbers) {
        call square { input: number = number, image = image }
    }
    call total { input: squares = square.squared, image = image }
    output {
        Int sum = total.sum
    }
}

task square {
    input {
        Int number
        String image
    }
    command <<<
        echo $((~{number} * ~{number}))
    >>>
    output {
        File squared = stdout()
    }
    runtime {
        docker: image
    }
}

task total {
    input {
        Array[File] squares
        String image
    }
    command <<<
        cat ~{sep=" " squares} | python3 -c 'import sys; print(sum(map(int, sys.stdin)))'
    >>>
    output {
        Int sum = read_int(stdout())
    }
    runtime {
        docker: image
    }
}
