using System.CommandLine;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.ConsoleApp.Searching;

/// <summary><c>search</c>: which settings train best, by successive halving.</summary>
internal static class SearchCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "search";

    public static Command Create()
    {
        TrainOptions training = new(TrainPurpose.Search);
        Option<string> space = OptionKinds.Text(
            "--space", "FILE", "What to vary, a line each: 'Heads.Dropout = 0, 0.2, 0.5' or 'Optimizer.HeadLearningRate = log 1e-4..1e-2'");
        Option<double> budget = OptionKinds.Number(
            "--budget", "How much is trained in all, in full runs of --epochs", 1.0, 100_000.0, 16.0);
        Option<double> factor = OptionKinds.Number(
            "--reduction", "How many times fewer candidates go on to how many times more epochs", 1.1, 100.0, 3.0);
        Option<int> least = OptionKinds.Number("--least-epochs", "The fewest epochs that a candidate is judged by", 1, 100_000, 1);
        Option<Several<long>?> seeds = CommonOptions.Seeds("a candidate's score is their mean; --seed alone unless given");
        Command command = new(
            Name, "Search for the settings that train best, by successive halving; writes a table, a page, the model");
        foreach (Option option in (IEnumerable<Option>)[.. training.All, space, budget, factor, least, seeds])
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) =>
        {
            TrainArguments start = training.Read(parsed);
            return new SearchRun(ConsoleSession.Of(parsed), new()
            {
                Training = start,
                Space = parsed.GetRequiredValue(space),
                Budget = parsed.GetValue(budget),
                Factor = parsed.GetValue(factor),
                LeastEpochs = parsed.GetValue(least),
                Seeds = parsed.GetValue(seeds)?.Values ?? [start.Seed],
            }).RunAsync(cancellationToken);
        });
        return command;
    }
}
