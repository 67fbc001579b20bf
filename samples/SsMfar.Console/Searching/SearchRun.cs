using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Shared;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Searching;

/// <summary>Runs a search, or goes on with one, and writes what it found.</summary>
internal sealed class SearchRun(ConsoleSession session, SearchArguments arguments)
{
    private readonly TrainArguments _start = arguments.Training;

    private string Record => Path.Combine(_start.Out, "search-start.json");

    /// <summary>Does all of it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        Outputs.RequireFolder("--out", _start.Out);
        Outputs.RequireCache(_start.Cache);
        SearchSpace space = SearchSpace.Load(arguments.Space);
        (HalvingPlan plan, ImmutableArray<SearchCandidate> candidates) = arguments.Draw(space);
        SearchCandidates runs = new(arguments, space);
        runs.Check(candidates);
        using IImageSource images = Inputs.OpenImages(_start.Data);
        (AnnotationSet training, AnnotationSet validation, IReadOnlyList<string> remarks) = TrainingRows.Load(
            _start with { Seed = arguments.Seeds[0] });
        bool isNew = !File.Exists(Record);
        Open(space);
        foreach (string remark in remarks)
        {
            session.Say(remark);
        }

        session.Say(SearchText.Plan(plan));
        Dictionary<(int Candidate, int Epochs), SearchTrial[]> trials = [];
        try
        {
            ImmutableArray<HalvingStanding> standings = await SuccessiveHalving.RunAsync(
                plan, TrainAsync, candidate => Forget(candidates[candidate]), cancellationToken).ConfigureAwait(false);
            SearchOutcome outcome = new(arguments, plan, candidates, standings, trials, runs.Unused);
            await MakeModelAsync(outcome).ConfigureAwait(false);
            return Finish(outcome, runs);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new InterruptedException(
                $"Interrupted. Give the same command with --resume to go on with the search in '{_start.Out}'.", cancelled);
        }
        catch when (isNew)
        {
            StartRecord.DiscardIfUnused(Record, runs.Root, runs.OwnCache);
            throw;
        }

        async Task<double?> TrainAsync(HalvingTrial trial, CancellationToken stop)
        {
            SearchCandidate candidate = candidates[trial.Candidate];
            session.Say(FormattableString.Invariant(
                $"[rung {trial.Rung + 1}/{plan.Rungs.Length}] candidate {candidate.Number} to {trial.Epochs} epochs: ") +
                SearchCandidates.Words(candidate));
            List<SearchTrial> own = [];
            foreach (long seed in arguments.Seeds)
            {
                TrainArguments run = runs.Run(candidate, seed, trial.Epochs);
                own.Add(SearchTrials.Load(run.Out).FirstOrDefault(known => known.Epochs == trial.Epochs) ??
                    await TrainOneAsync(run, images, training, validation, stop).ConfigureAwait(false));

                // Of a trial that is known, too: the process that made it may have been cut off before this.
                if (trial.Epochs == arguments.Epochs || own[^1].Failure is not null)
                {
                    RunFolder.RemoveCheckpoints(run.Out);
                }
            }

            trials[(candidate.Number, trial.Epochs)] = [.. own];
            return own.All(one => one.Score is not null) ? own.Average(one => one.Score) : null;
        }

        // Models of what lost were removed; with more budget one of them may win. Trained again, it is the same.
        async Task MakeModelAsync(SearchOutcome outcome)
        {
            if (outcome.Best is { } best && runs.Run(best, arguments.Seeds[0], arguments.Epochs) is var run &&
                !File.Exists(RunFolder.ModelIn(run.Out)))
            {
                session.Say($"Candidate {best.Number} is the best one now; its model was not kept, and is trained again.");
                await TrainOneAsync(run, images, training, validation, cancellationToken).ConfigureAwait(false);
                RunFolder.RemoveCheckpoints(run.Out);
            }
        }

        void Forget(SearchCandidate candidate)
        {
            foreach (long seed in arguments.Seeds)
            {
                RunFolder.RemoveCheckpoints(runs.Run(candidate, seed, arguments.Epochs).Out);
            }
        }
    }

    private async Task<SearchTrial> TrainOneAsync(
        TrainArguments run, IImageSource images, AnnotationSet training, AnnotationSet validation, CancellationToken cancellationToken)
    {
        RunFolder folder = RunFolder.Open(run);
        bool isFull = run.Epochs == arguments.Epochs;
        if (!isFull && SearchTrials.IsPast(folder.HistoryLines, run.Epochs!.Value, out SearchTrial? passed))
        {
            if (passed is not null)
            {
                SearchTrials.Add(run.Out, passed);
                return passed;
            }

            // No run goes back: it is made again, up to the rung.
            RunFolder.RemoveCheckpoints(run.Out);
        }

        SearchTrial trial;
        try
        {
            using TrainingResult result = await Fitting.RunAsync(
                session, run, folder, images, training, validation, run.Tasks, beginning: null, cancellationToken).ConfigureAwait(false);
            folder.KeepSettings();
            if (isFull)
            {
                result.SaveModel(folder.Model, AlignmentFile.Read(images));
            }

            trial = new(
                run.Epochs!.Value, result.BestScore, result.BestEpoch, [.. result.History.Select(epoch => epoch.Evaluation?.Score)],
                TrainingReport.Pace(result.History).Seconds, Failure: null);
        }
        catch (Exception failed) when (Failure.IsOfRun(failed))
        {
            string failure = Failure.Of(failed).Line;
            session.Say(failure);
            trial = new(run.Epochs!.Value, null, 0, [], 0, failure);
        }
        catch
        {
            folder.DiscardIfUnused();
            throw;
        }

        SearchTrials.Add(run.Out, trial);
        return trial;
    }

    private void Open(SearchSpace space)
    {
        SortedDictionary<string, string> words = arguments.Describe(space);
        if (File.Exists(Record))
        {
            if (!_start.Resume)
            {
                throw new BadInputException(
                    $"--out '{_start.Out}' is not empty: add --resume to go on with the search there, or choose another folder.");
            }

            StartRecord.RequireSame(Record, words, "search");
        }
        else if (!Outputs.IsEmpty(_start.Out))
        {
            throw new BadInputException($"--out '{_start.Out}' is not empty, and not a search's folder. Choose another folder.");
        }

        Directory.CreateDirectory(_start.Out);
        StartRecord.Write(Record, words);
    }

    private int Finish(SearchOutcome outcome, SearchCandidates runs)
    {
        Write("table.txt", SearchText.Table(outcome));
        Write("table.csv", SearchText.Csv(outcome));
        Write("search.json", ConsoleSession.Format(SearchJson.Of(outcome)));
        Write("report.html", SearchPage.Write(outcome));
        if (outcome.Best is { } best)
        {
            Write("best.txt", $"{SearchText.Command(outcome, best)}\n");
            KeepModel(outcome, best, runs);
        }
        else
        {
            // With less budget there may have been one, which the tables no longer speak of.
            File.Delete(At("best.txt"));
            File.Delete(RunFolder.ModelIn(_start.Out));
        }

        session.WriteResult(SearchJson.Of(outcome), () => $"{SearchText.Table(outcome)}\npage: {At("report.html")}");
        return outcome.Best is null ? ExitCodes.Failure : ExitCodes.Success;

        string At(string name) => Path.Combine(_start.Out, name);
        void Write(string name, string content) => AtomicFile.WriteText(At(name), writer => writer.Write(content));
    }

    // Of all full runs the best one's model stays, of its first seed.
    private void KeepModel(SearchOutcome outcome, SearchCandidate best, SearchCandidates runs)
    {
        foreach (SearchCandidate candidate in outcome.Candidates)
        {
            foreach (long seed in arguments.Seeds)
            {
                string model = RunFolder.ModelIn(runs.Run(candidate, seed, arguments.Epochs).Out);
                if (candidate == best && seed == arguments.Seeds[0])
                {
                    byte[] whole = File.ReadAllBytes(model);
                    AtomicFile.Write(RunFolder.ModelIn(_start.Out), stream => stream.Write(whole), whole.Length);
                }
                else if (File.Exists(model))
                {
                    File.Delete(model);
                }
            }
        }
    }
}
