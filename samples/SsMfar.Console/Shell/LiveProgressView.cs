using Spectre.Console;
using Spectre.Console.Rendering;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Bars on a terminal.</summary>
internal sealed class LiveProgressView : ProgressView
{
    private const string PaceKey = "pace";

    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console;
    private readonly ProgressContext _context;
    private ProgressTask? _task;

    private LiveProgressView(IAnsiConsole console, ProgressContext context) => (_console, _context) = (console, context);

    public static Task<T> RunAsync<T>(IAnsiConsole console, Func<ProgressView, Task<T>> work) => console.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new PaceColumn())
        .StartAsync(context => work(new LiveProgressView(console, context)));

    public override void Say(string line) => _console.WriteLine(line);

    public override void Show(string activity, double share, string pace, TimeSpan remaining)
    {
        lock (_lock)
        {
            string name = Markup.Escape(activity);
            if (_task is null || _task.Description != name)
            {
                _task?.StopTask();
                _task = _context.AddTask(name, maxValue: 1);
            }

            _task.Value = share;
            _task.State.Update<Pace>(PaceKey, _ => new($"{pace}, {Clock(remaining)} left"));
        }
    }

    private readonly record struct Pace(string Text);

    private sealed class PaceColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.State.Get<Pace>(PaceKey).Text ?? "");
    }
}
