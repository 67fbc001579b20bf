using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using SsMfar.WebApi;

namespace SsMfar.Tests.WebApi;

/// <summary>What clients can make the web sample hold, and for how long.</summary>
public sealed class BoundedServiceTests
{
    private const string LargeHead = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";

    [Theory]
    [InlineData(200_000, 503)]
    [InlineData(230_000, 200)]
    public async Task The_last_eighth_of_the_memory_for_bodies_is_for_small_ones(int memory, int status)
    {
        // While it grows for the last time, this body is in two arrays, of 64 and 128 KiB.
        await using HostedService service = await HostedService.StartAsync($"BodyMemory={memory}");
        service.Predictor.Open();

        using HttpResponseMessage large = await service.PostAsync(HostedService.Picture(100_000));

        ((int)large.StatusCode).Should().Be(status);
        (large.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1)).Should().Be(status == 503);
        (await service.PostAsync(HostedService.Picture(20_000))).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Unfinished_bodies_count_until_their_client_is_gone()
    {
        await using HostedService service = await HostedService.StartAsync("BodyMemory=230000");
        service.Predictor.Open();
        Socket unfinished = await service.SendAsync(LargeHead + new string('a', 40_000));
        await HostedService.UntilAsync(() => service.Memory.Used == 1 << 16);

        (await service.PostAsync(HostedService.Picture(100_000))).StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);

        unfinished.Dispose();
        await HostedService.UntilAsync(() => service.Memory.Used == 0);
        (await service.PostAsync(HostedService.Picture(100_000))).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_search_for_faces_ends_when_its_client_is_gone()
    {
        await using HostedService service = await HostedService.StartAsync();
        service.Detector.IsEndless = true;
        byte[] picture = HostedService.Picture();
        string head = $"POST /faces HTTP/1.1\r\nHost: localhost\r\nContent-Length: {picture.Length}\r\n\r\n";
        Socket client = await service.SendAsync([.. Encoding.ASCII.GetBytes(head), .. picture]);
        await HostedService.UntilAsync(() => service.Detector.Endless == 1);

        client.Dispose();

        await HostedService.UntilAsync(() => service.Detector.Ended == 1);
    }

    [Theory]
    [InlineData(700, "", 1)]
    [InlineData(400, "", 2)]
    [InlineData(400, "?x=0&y=0&width=400&height=400", 1)]
    [InlineData(2000, "", 1)]
    public async Task A_photograph_waits_for_the_memory_of_those_that_are_searched(int side, string query, int atOnce)
    {
        await using HostedService service = await HostedService.StartAsync("AtOnce=4", $"PhotographMemory={1 << 20}");
        service.Detector.IsEndless = true;
        byte[] picture = TestImages.Jpeg(side, side);
        string head = $"POST /faces{query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {picture.Length}\r\n\r\n";
        Socket first = await service.SendAsync([.. Encoding.ASCII.GetBytes(head), .. picture]);
        await HostedService.UntilAsync(() => service.Detector.Endless == 1);
        await service.SendAsync([.. Encoding.ASCII.GetBytes(head), .. picture]);
        await HostedService.UntilAsync(() => service.Photographs.IsAwaited || service.Detector.Endless == 2);
        service.Detector.Endless.Should().Be(atOnce);

        first.Dispose();

        await HostedService.UntilAsync(() => service.Detector.Endless == 2);
    }

    [Theory]
    [InlineData("BodySeconds=1", "BodyBytesPerSecond=1", LargeHead + "abc", "The body did not come within 1 s.")]
    [InlineData("BodySeconds=3600", "BodyBytesPerSecond=1000000", LargeHead + "abc", "too slowly")]
    [InlineData("HeaderSeconds=1", "BodySeconds=3600", "POST /predict HTTP/1.1\r\nX-Slow: ", "408 Request Timeout")]
    public async Task Who_is_too_slow_is_told_so_and_closed(string limit, string other, string sent, string told)
    {
        await using HostedService service = await HostedService.StartAsync(limit, other);
        Socket slow = await service.SendAsync(sent);

        (await HostedService.ReadToEndAsync(slow)).Should().StartWith("HTTP/1.1 408 Request Timeout").And.Contain(told);

        service.Memory.Used.Should().Be(0);
    }

    [Fact]
    public async Task Connections_beyond_their_number_are_closed_as_they_come()
    {
        const string Ask = "GET /model HTTP/1.1\r\nHost: localhost\r\n\r\n";
        const string AskOnce = "GET /model HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        await using HostedService service = await HostedService.StartAsync("Connections=2");
        Socket[] kept = [await service.SendAsync(Ask), await service.SendAsync(Ask)];
        foreach (Socket one in kept)
        {
            (await one.ReceiveAsync(new byte[1])).Should().Be(1);
        }

        Func<Task<string>> another = async () => await HostedService.ReadToEndAsync(await service.SendAsync(AskOnce));
        (await another()).Should().BeEmpty();

        kept[0].Dispose();
        string reply = "";
        while (reply.Length == 0)
        {
            // Until the one before is gone.
            reply = await another();
        }

        reply.Should().StartWith("HTTP/1.1 200 OK");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("identity, br")]
    public async Task A_compressed_body_is_refused_by_its_header(string encoding)
    {
        await using HostedService service = await HostedService.StartAsync();
        service.Predictor.Open();
        Socket sent = await service.SendAsync(
            $"POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\nContent-Encoding: {encoding}\r\n\r\n");

        (await HostedService.ReadToEndAsync(sent)).Should().StartWith("HTTP/1.1 415").And.Contain($"A body in '{encoding}'");
    }

    [Fact]
    public async Task Asking_for_health_is_no_work()
    {
        await using HostedService service = await HostedService.StartAsync();
        int before = service.Predictor.Trials;
        long start = Stopwatch.GetTimestamp();

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => service.Client.GetStringAsync("/health")));

        answers.Should().OnlyContain(answer => answer == "Healthy");
        (service.Predictor.Trials - before).Should().BeInRange(1, 1 + (int)Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    [Fact]
    public async Task Faces_are_looked_for_within_a_box_and_no_more_of_them_read_than_a_request_may_ask_for()
    {
        await using HostedService service = await HostedService.StartAsync();
        service.Predictor.Open();

        JsonElement face = (await WebSample.JsonAsync(await service.PostAsync(HostedService.Picture(), "/faces?x=2&y=1&width=4&height=5")))
            .GetProperty("faces").EnumerateArray().Should().ContainSingle().Which;

        new[] { "x", "y", "width", "height" }.Select(name => face.GetProperty(name).GetDouble()).Should().Equal(2, 1, 4, 5);
        foreach ((string query, string problem) in new[]
        {
            ("?x=2&y=1", "width is missing"), ("?x=a&y=1&width=4&height=5", "x is 'a'"), ("?x=80&y=1&width=4&height=5", "outside"),
        })
        {
            (await WebSample.ProblemAsync(await service.PostAsync(HostedService.Picture(), $"/faces{query}"), 400)).Should()
                .Contain(problem);
        }

        service.FaceOptions.MaximumFaces.Should().Be(64);
    }

    [Fact]
    public async Task Limits_of_connections_reach_the_server()
    {
        await using HostedService service = await HostedService.StartAsync("HeaderSeconds=7", "Connections=11", "BodyBytesPerSecond=13");

        KestrelServerLimits limits = service.Kestrel;

        (limits.RequestHeadersTimeout, limits.MaxConcurrentConnections).Should().Be((TimeSpan.FromSeconds(7), 11));
        limits.MinRequestBodyDataRate!.BytesPerSecond.Should().Be(13);
        limits.MaxRequestBufferSize.Should().Be(1 << 16, "that is what a connection holds that nobody reads from");
    }

    [Fact]
    public void Limits_are_a_section_of_the_configuration_and_mistakes_in_it_are_errors()
    {
        ServiceLimits limits = Of("Limits:AtOnce", "3");
        (limits.AtOnce, limits.WaitingAtMost(), limits.Batch).Should().Be((3, 24, 3));
        Of("Limits:Waiting", "0").WaitingAtMost().Should().Be(0);

        typeof(ServiceLimits).GetProperties().Should().OnlyContain(limit => limit.CanWrite, "the configuration may name each");
        foreach (string unknown in new[] { "Queue", nameof(ServiceLimits.Room), nameof(ServiceLimits.WaitingAtMost), "BatchesAtOnce" })
        {
            FluentActions.Invoking(() => Of($"Limits:{unknown}", "5")).Should().Throw<InvalidOperationException>()
                .WithMessage($"*{unknown}*");
        }

        FluentActions.Invoking(() => Of("Limits:AtOnce", "0")).Should().Throw<ValidationException>().WithMessage("*AtOnce*");
        FluentActions.Invoking(() => Of("Limits:Batch", "0")).Should().Throw<ValidationException>().WithMessage("*Batch*");
        static ServiceLimits Of(string name, string value) => ServiceLimits.Of(
            new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build());
    }

    [Fact]
    public void When_to_come_again_follows_from_how_long_a_picture_takes_and_how_many_there_are()
    {
        ServiceTime time = new();
        time.RetryAfter(100).Should().Be(1, "nothing is known");

        // As the last of seven: a seventh was its own.
        time.Add(TimeSpan.FromSeconds(1.4), here: 7);
        time.RetryAfter(14).Should().Be(3, "2.8 s, in whole seconds");
        time.RetryAfter(1).Should().Be(1);

        // A sixteenth of the way to each further one.
        time.Add(TimeSpan.FromSeconds(1), here: 1);
        time.Seconds.Should().BeApproximately(0.25, 1e-12);
    }

    [Theory]
    [InlineData("Batch=6", 4, 6, 1)]
    [InlineData("Batch=6 BatchThreads=2", 2, 6, 2)]
    [InlineData("Batch=6 BatchThreads=9", 1, 6, 9)]
    [InlineData("Batch=1", 4, 1, 1)]
    public async Task Batches_run_side_by_side_on_the_processors_they_are_given(string batches, int atOnce, int faces, int threads)
    {
        await using HostedService service = await HostedService.StartAsync(["AtOnce=4", .. batches.Split(' ')]);

        (service.Options.ConcurrentBatches, service.Options.BatchSize, service.Options.Threads).Should()
            .Be(((int?)atOnce, (int?)faces, (int?)threads));
    }
}
