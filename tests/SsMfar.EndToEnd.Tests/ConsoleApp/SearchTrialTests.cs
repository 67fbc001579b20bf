using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What a search takes a run for that its history says is past the epochs of a rung.</summary>
public sealed class SearchTrialTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2, 0.25, 2)]
    [InlineData(4, 0.5, 4)]
    [InlineData(6, 0.5, 4)]
    public void Epochs_that_were_not_evaluated_are_passed_over_where_the_rungs_last_one_was(int epochs, double score, int best)
    {
        double?[] scores = [null, 0.25, null, 0.5, null, 0.5, null];

        (double? found, int epoch, double?[] course) = ConsoleAssembly.PassedTrial(History(scores), epochs)!.Value;

        (found, epoch).Should().Be((score, best));
        course.Should().Equal(scores[..epochs]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_run_whose_last_epoch_of_the_rung_was_not_evaluated_is_made_again(int epochs) =>
        ConsoleAssembly.PassedTrial(History([null, 0.25, null, 0.5, null, 0.5, null]), epochs).Should().BeNull();

    private string History(double?[] scores)
    {
        string path = _folder.File("history.jsonl");
        File.WriteAllLines(path, scores.Select(score => JsonSerializer.Serialize(new { score, seconds = 1.5 })));
        return path;
    }
}
