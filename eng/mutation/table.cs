// What mutation testing gave, from Stryker's reports: dotnet run eng/mutation/table.cs -- PART=GLOBS=REPORT ...
// Prints a row for each part, then every change that no test noticed. Globs are separated by blanks and relative to the project.
#:property PublishAot=false
#:property EnforceCodeStyleInBuild=false

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

List<string> survivors = [];
Console.WriteLine("| part | changes | noticed | score |\n|---|---|---|---|");
foreach (string[] part in args.Select(argument => argument.Split('=', 3)))
{
    Regex files = new($"/({string.Join('|', part[1].Split(' ').Select(glob => Regex.Escape(glob).Replace(@"\*", "[^/]*")))})$");
    using JsonDocument report = JsonDocument.Parse(File.ReadAllText(part[2]));
    int changes = 0, noticed = 0;
    foreach (JsonProperty file in report.RootElement.GetProperty("files").EnumerateObject().Where(file => files.IsMatch(file.Name)))
    {
        string[] lines = file.Value.GetProperty("source").GetString()!.Split('\n');
        foreach (JsonElement change in file.Value.GetProperty("mutants").EnumerateArray())
        {
            // A change may end the test host in native code; that is a change noticed.
            bool? seen = change.GetProperty("status").GetString() switch
            {
                "Killed" or "Timeout" or "RuntimeError" => true,
                "Survived" or "NoCoverage" => false,
                _ => null,
            };
            changes += seen is null ? 0 : 1;
            noticed += seen is true ? 1 : 0;
            if (seen is false)
            {
                int line = change.GetProperty("location").GetProperty("start").GetProperty("line").GetInt32();
                string replacement = change.TryGetProperty("replacement", out JsonElement text)
                    ? text.GetString()!.ReplaceLineEndings(" ")
                    : "";
                survivors.Add($"{Path.GetFileName(file.Name)}:{line}: {lines[line - 1].Trim()}  ->  {replacement}");
            }
        }
    }

    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"| {part[0]} | {changes} | {noticed} | {100.0 * noticed / Math.Max(1, changes):F1}% |"));
}

Console.WriteLine(survivors.Count == 0 ? "\nNo change went unnoticed." : "\nNot noticed:");
foreach (string survivor in survivors)
{
    Console.WriteLine(survivor);
}
