using System.CommandLine;
using System.Globalization;
using System.Text;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Fuzzing.Seeds;

/// <summary><c>seeds</c>: writes the whole files that cases are made of. The repository has them: a case is the same everywhere.</summary>
internal static class SeedCommand
{
    public static Command Create()
    {
        Option<string> to = new("--to") { HelpName = "DIR", Description = "Where to; the corpus in the project unless given" };
        Command command = new("seeds", "Write the whole files that fuzz damages, where a format has changed") { to };
        command.SetAction(parsed => Run(
            parsed.GetValue(to) ?? Path.Combine(Programs.Root, "tests", "SsMfar.Campaigns", "Corpus")));
        return command;
    }

    private static void Run(string corpus)
    {
        using TemporaryFolder folder = new();
        IEnumerable<(string Reader, byte[][] Files)> all =
        [
            .. SeedTexts.All().Concat(SeedDocuments.All())
                .Select(texts => (texts.Reader, texts.Texts.Select(Encoding.UTF8.GetBytes).ToArray())),
            .. SeedFiles.All(folder),
        ];
        foreach ((string reader, byte[][] files) in all)
        {
            string place = Directory.CreateDirectory(Path.Combine(corpus, reader, "seeds")).FullName;
            for (int i = 0; i < files.Length; i++)
            {
                File.WriteAllBytes(Path.Combine(place, i.ToString("00", CultureInfo.InvariantCulture)), files[i]);
            }
        }
    }
}
