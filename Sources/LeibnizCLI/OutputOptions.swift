import Leibniz

/// Says what to do about the folder of `--output` in the words of a command's options.
func namingOptions<Result>(_ output: String, _ body: () throws(ReportFolderError) -> Result) throws -> Result {
  do { return try body() } catch .exists {
    throw WrongInput(
      "\(output): there is something of that name. Choose another --output, or replace a report with --force.")
  } catch .noFolder {
    throw WrongInput("\(output): is no folder, so --force does not replace it. Choose another --output.")
  } catch .foreign(_, let file) {
    throw WrongInput(
      """
      \(output): holds \(file), which is no part of a Leibniz report, so --force does not replace it. Choose another \
      --output.
      """)
  }
}
