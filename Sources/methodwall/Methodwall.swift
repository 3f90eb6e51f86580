import ArgumentParser

@main
struct Methodwall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "methodwall")
}
