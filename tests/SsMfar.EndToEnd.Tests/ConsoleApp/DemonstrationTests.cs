using System.Text.Json;
using System.Text.RegularExpressions;
using SsMfar.Data;
using SsMfar.Submissions;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The program without a command, on a few faces: its files are there and its page needs nothing else.</summary>
[Collection(TrainedRun.Collection)]
public sealed partial class DemonstrationTests
{
    [Fact]
    public async Task It_writes_a_model_predictions_and_a_page_that_stands_alone()
    {
        using TemporaryFolder folder = new();
        string output = folder.File("demo");

        JsonElement result = await ConsoleProgram.JsonAsync("--quick", "--out", output);

        result.GetProperty("ridge").GetProperty("pMtl").GetDouble().Should().BePositive();
        File.Exists(result.GetProperty("model").GetString()).Should().BeTrue();
        Submission.Load(result.GetProperty("predictions").GetString()!).Should().HaveCountGreaterThan(10);
        string page = await File.ReadAllTextAsync(result.GetProperty("page").GetString()!);
        Images().Count(page).Should().Be(12);
        string text = Images().Replace(page, "");
        text.Should().NotContain("{{").And.NotContain("NaN");
        Requests().Matches(text).Should().BeEmpty();
        page.Should().ContainAll("<polyline", "Happiness", "AU26", "prefers-color-scheme: dark");
        Directory.Exists(Path.Combine(output, "checkpoints")).Should().BeFalse();
    }

    [Fact]
    public async Task It_leaves_other_peoples_folders_alone()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("mine.txt"), "");

        (await ConsoleProgram.RefusalAsync("--quick", "--out", folder.Path)).Should().Contain(folder.Path);
    }

    [GeneratedRegex("<img [^>]*src=\"data:image/jpeg;base64,[^\"]*\"")]
    private static partial Regex Images();

    // Anything that a browser would fetch.
    [GeneratedRegex("""(https?:|//[a-z]|@import|<script|<link|url\(|src="(?!data:)|srcset)""", RegexOptions.IgnoreCase)]
    private static partial Regex Requests();
}
