@main
struct LauncherCommand {
  static func main() {}
}
